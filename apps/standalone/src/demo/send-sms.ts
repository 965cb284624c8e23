import { count, type Terminal } from '../terminal.js';
import { type ApiClient } from './api-client.js';
import {
  type AudienceView,
  eachOf,
  type Named,
  poll,
  type ProgressView,
  showAudience,
} from './demo-steps.js';
import { sampleSms, sampleSmsPrices, sampleSmsSources } from './sample.js';

export interface SmsResult {
  candidates: number;
  excluded: Record<string, number>;
  accepted: number;
  /** They wait: the law of their place, or of the sender's, forbids SMS at this hour there. */
  deferred: number;
  parts: number;
  cost: string;
  currency: string;
}

interface CostView {
  currency: string;
  spent: string;
  parts: number | null;
}
interface WaitingMessage {
  contactId: string;
  retryAt: string;
}

/** The clock is the real one: where it is night, messages wait for the morning, and the demo does not wait with them. */
export async function sendSms(
  api: ApiClient,
  senderId: string,
  topicId: string,
  terminal: Terminal,
): Promise<SmsResult> {
  const campaign = await makeSmsCampaign(api, senderId, topicId);
  showAudience(await api.get<AudienceView>(`/v1/campaigns/${campaign.id}/audience`), terminal);
  await api.post(`/v1/campaigns/${campaign.id}/launch`);
  const progress = await poll(
    () => api.get<ProgressView>(`/v1/campaigns/${campaign.id}/progress`),
    view => {
      if (view.frozen !== null) terminal.progress('SMS sent', view.accepted, view.frozen);
      return view.state === 'finished' || onlyWaitsForHours(view);
    },
  );
  const { accepted, rejected, unknown, deferred, excluded } = progress;
  const { parts, spent, currency } = await api.get<CostView>(`/v1/campaigns/${campaign.id}/cost`);
  terminal.done(
    `${count(accepted)} accepted in ${count(parts ?? 0)} parts for ${spent} ${currency}, ${count(rejected)} refused, ${count(unknown)} unknown`,
  );
  for (const wait of await waits(api, campaign.id)) terminal.note(wait);
  return {
    ...{ candidates: progress.candidates ?? 0, excluded, accepted, deferred },
    ...{ parts: parts ?? 0, cost: spent, currency },
  };
}

async function makeSmsCampaign(api: ApiClient, senderId: string, topicId: string): Promise<Named> {
  await api.put(`/v1/senders/${senderId}/sms-sources`, { sources: sampleSmsSources });
  const { currency } = await api.get<{ currency: string }>('/v1/sms-prices');
  await api.put('/v1/sms-prices', { currency, prices: sampleSmsPrices });
  const segment = await api.post<Named>('/v1/segments', {
    name: 'Everybody with a phone',
    rule: { combinator: 'and', rules: [{ field: 'contact.phone', operator: 'notNull', value: '' }] },
  });
  const template = await api.post<Named>('/v1/templates', sampleSms);
  return api.post<Named>('/v1/campaigns', {
    ...{ name: sampleSms.name, channel: 'sms', budget: { amount: '50', currency } },
    ...{ topicId, segmentId: segment.id, templateId: template.id },
  });
}

function onlyWaitsForHours({
  frozen,
  attempting,
  notYetAttempted,
  deferred,
  waiting,
}: ProgressView): boolean {
  const forHours = waiting.find(({ reason }) => reason === 'QUIET_HOURS')?.count ?? 0;
  return (
    frozen !== null && attempting === 0 && notYetAttempted === 0 && deferred > 0 && deferred === forHours
  );
}

/** By the places of the people who wait: `12 wait until 09:00 in Riyadh: quiet hours`. */
async function waits(api: ApiClient, campaignId: string): Promise<string[]> {
  const path = `/v1/messages?campaignId=${campaignId}&state=deferred&limit=200`;
  const { items } = await api.get<{ items: WaitingMessage[] }>(path);
  const places = new Map<string, number>();
  await eachOf(items, async ({ contactId, retryAt }) => {
    const { timeZone } = await api.get<{ timeZone: string | null }>(`/v1/contacts/${contactId}`);
    const place = hourIn(timeZone ?? 'UTC', new Date(retryAt));
    places.set(place, (places.get(place) ?? 0) + 1);
  });
  return [...places]
    .sort(([, one], [, other]) => other - one)
    .map(
      ([place, people]) => `${count(people)} ${people === 1 ? 'waits' : 'wait'} until ${place}: quiet hours`,
    );
}

/** An hour on the clock of a place, with the day where it is not today's there: `Sunday 09:00 in Cairo`. */
function hourIn(timeZone: string, at: Date): string {
  const day = (date: Date): string => date.toLocaleDateString('en-GB', { timeZone });
  const hour = at.toLocaleTimeString('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' });
  const weekday = at.toLocaleDateString('en-GB', { timeZone, weekday: 'long' });
  const place = timeZone.split('/').at(-1)?.replaceAll('_', ' ');
  return `${day(at) === day(new Date()) ? '' : `${weekday} `}${hour} in ${place}`;
}
