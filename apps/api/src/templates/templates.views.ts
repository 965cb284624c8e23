import { type Channel, type ErrorDetail, formatAmount, formatId } from '#common';
import { type SmsPreview } from '#sending';
import {
  missingIn,
  type Preview,
  type PromotionFault,
  promotionPath,
  type Template,
  type TemplateVersion,
  type TemplateWithVersion,
} from '#templates';
import {
  type PreviewView,
  type TemplateSummary,
  type TemplateView,
  type VersionView,
} from './templates.schemas.js';

export function toSummary(template: Template): TemplateSummary {
  return {
    id: formatId('template', template.id),
    name: template.name,
    channel: template.channel,
    createdAt: template.createdAt.toISOString(),
    updatedAt: template.updatedAt.toISOString(),
  };
}

export function toVersionView(version: TemplateVersion, channel: Channel): VersionView {
  return {
    id: formatId('templateVersion', version.id),
    number: version.number,
    defaultLocale: version.defaultLocale,
    content: version.content,
    missing: missingIn(channel, version),
    createdAt: version.createdAt.toISOString(),
    usedAt: version.usedAt?.toISOString() ?? null,
  };
}

export function toTemplateView({ template, version }: TemplateWithVersion): TemplateView {
  return { ...toSummary(template), version: toVersionView(version, template.channel) };
}

export function toEmailPreviewView({ promotions, ...preview }: Preview): PreviewView {
  return { channel: 'email', ...preview, promotions: promotions.map(toPromotionView) };
}

export function toSmsPreviewView(
  { locale, dir, text, from, size, cost }: SmsPreview,
  about: { warnings: ErrorDetail[]; promotions: readonly PromotionFault[]; currency: string },
): PreviewView {
  const { warnings, promotions, currency } = about;
  return {
    ...{ channel: 'sms', locale, dir, text, from, ...size, warnings },
    cost: cost === null ? null : { amount: formatAmount(cost), currency },
    promotions: promotions.map(toPromotionView),
  };
}

function toPromotionView(fault: PromotionFault): PreviewView['promotions'][number] {
  const { code, words, message } = fault;
  return { path: promotionPath(fault), code, words, message };
}
