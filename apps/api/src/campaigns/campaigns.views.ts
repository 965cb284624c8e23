import { type Campaign } from '#campaigns';
import { formatAmount, formatId, type IdKind, type MessageClass } from '#common';
import { type AudienceCounts, type Dispatch, type Progress, reasonText, type Wait } from '#sending';
import { type AudienceView, type CampaignView, type ProgressView } from './campaigns.schemas.js';

function idOrNull(kind: IdKind, id: number | null): string | null {
  return id === null ? null : formatId(kind, id);
}

export function toCampaignView(
  campaign: Campaign,
  dispatch: Dispatch | null,
  messageClass: MessageClass | null,
  currency: string,
): CampaignView {
  return {
    id: formatId('campaign', campaign.id),
    name: campaign.name,
    channel: campaign.channel,
    messageClass,
    state: stateOf(campaign, dispatch),
    topicId: idOrNull('topic', campaign.topicId),
    segmentId: idOrNull('segment', campaign.segmentId),
    templateId: idOrNull('template', campaign.templateId),
    smsTemplateId: idOrNull('template', campaign.smsTemplateId),
    smartEncoding: campaign.smartEncoding,
    shortLinks: campaign.shortLinks,
    productCategories: campaign.productCategories,
    rate:
      campaign.rateMessages === null || campaign.ratePer === null
        ? null
        : { messages: campaign.rateMessages, per: campaign.ratePer },
    utm: campaign.utm,
    budget: campaign.budget === null ? null : { amount: formatAmount(campaign.budget), currency },
    scheduledAt: campaign.scheduledAt?.toISOString() ?? null,
    localTime: campaign.localTime,
    ifHourPassed: campaign.pastHour,
    timeZone: campaign.timeZone,
    notLaterThan: campaign.notAfter?.toISOString() ?? null,
    problem: campaign.problem,
    createdAt: campaign.createdAt.toISOString(),
    updatedAt: campaign.updatedAt.toISOString(),
  };
}

/** Once launched, the dispatch tells. */
export function stateOf(campaign: Campaign, dispatch: Dispatch | null): CampaignView['state'] {
  if (dispatch) return dispatch.state;
  return campaign.state === 'launched' ? 'freezing' : campaign.state;
}

/** The progress of a campaign that was not launched: nothing yet. */
export function noProgress(campaign: Campaign): ProgressView {
  return {
    ...{ state: stateOf(campaign, null), candidates: null, frozen: null, excluded: {}, skipped: {} },
    ...{ accepted: 0, rejected: 0, deferred: 0, unknown: 0, cancelled: 0, attempting: 0, notYetAttempted: 0 },
    waiting: [],
    waits: [],
  };
}

export function toProgressView(progress: Progress, waits: readonly Wait[]): ProgressView {
  return {
    ...progress,
    waiting: progress.waiting.map(({ reason, count, from, until }) => ({
      ...{ reason, count, from: from.toISOString(), until: until.toISOString() },
      words: { en: reasonText(reason, 'en'), ar: reasonText(reason, 'ar') },
    })),
    waits: waits.map(wait => ({ ...wait, until: wait.until?.toISOString() ?? null })),
  };
}

export function toAudienceView(counts: AudienceCounts): AudienceView {
  const reasons = Object.keys(counts.excluded);
  const sentence = (locale: 'en' | 'ar'): string =>
    reasons.map(reason => `${counts.excluded[reason]}: ${reasonText(reason, locale)}`).join(' ');
  const isMixed = counts.ofThemBySms > 0 && counts.ofThemBySms < counts.willReceive;
  const bySms = isMixed
    ? { en: ` (${counts.ofThemBySms} by SMS)`, ar: ` (${counts.ofThemBySms} منهم برسالة نصية)` }
    : { en: '', ar: '' };
  return {
    ...counts,
    reasons: Object.fromEntries(
      reasons.map(reason => [reason, { en: reasonText(reason, 'en'), ar: reasonText(reason, 'ar') }]),
    ),
    summary: {
      en: `${counts.candidates} in the segment: ${counts.willReceive} will receive it${bySms.en}. ${sentence('en')}`.trim(),
      ar: `${counts.candidates} في الشريحة: ستصل الرسالة إلى ${counts.willReceive}${bySms.ar}. ${sentence('ar')}`.trim(),
    },
  };
}
