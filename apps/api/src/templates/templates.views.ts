import { formatId } from '#common';
import {
  missingParts,
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

export function toVersionView(version: TemplateVersion): VersionView {
  return {
    id: formatId('templateVersion', version.id),
    number: version.number,
    defaultLocale: version.defaultLocale,
    content: version.content,
    missing: missingParts(version),
    createdAt: version.createdAt.toISOString(),
    usedAt: version.usedAt?.toISOString() ?? null,
  };
}

export function toTemplateView({ template, version }: TemplateWithVersion): TemplateView {
  return { ...toSummary(template), version: toVersionView(version) };
}

export function toPromotionView(fault: PromotionFault): PreviewView['promotions'][number] {
  const { code, words, message } = fault;
  return { path: promotionPath(fault), code, words, message };
}
