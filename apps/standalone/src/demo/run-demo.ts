import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '#common';
import { type Program } from '../program.js';
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
import { playPurchase, type PurchaseResult } from './after-sales.js';
import { type SmsResult, sendSms } from './send-sms.js';
import { sampleAttributes, sampleImport, sampleIncentive, sampleSender, sampleTopics } from './sample.js';

export interface DemoResult {
  imported: number;
  candidates: number;
  excluded: Record<string, number>;
  accepted: number;
  sms: SmsResult;
  purchase: PurchaseResult | null;
  seconds: number;
}

export interface DemoOutcome {
  result: DemoResult;
  /** A page of one of the recipients, while the program stays up. */
  preferencePage: string | null;
  /** Where people sign up with the sample form. */
  signUpPage: string;
}

interface ImportView extends Named {
  state: string;
  rowsRead: number;
  created: number;
  updated: number;
  rejected: number;
}
const SAMPLE_WITHDRAWALS = 90;
const SAMPLE_SUPPRESSIONS = 60;

/** The main job on the sample contacts, through the API alone: import, consent, audience, launch, proof. */
export async function runDemo(program: Program, api: ApiClient, terminal: Terminal): Promise<DemoOutcome> {
  const started = Date.now();
  await program.inbox?.clear();
  await program.phone?.clear();

  terminal.heading('A shop and its customers');
  const sender = await api.post<Named>('/v1/senders', sampleSender);
  const topics: Named[] = [];
  for (const topic of sampleTopics)
    topics.push(await api.post<Named>('/v1/topics', { ...topic, senderId: sender.id }));
  const topicId = (topics[0] as Named).id;
  for (const attribute of sampleAttributes) await api.post('/v1/attributes', attribute);
  terminal.done(`${sampleSender.tradingName} is the sender, with ${topics.length} topics to subscribe to`);
  const imported = await importContacts(api, topicId, terminal);

  terminal.heading('A campaign');
  const campaign = await makeCampaign(api, topicId);
  await someChangeTheirMind(api, campaign.id, terminal);
  showAudience(await api.get<AudienceView>(`/v1/campaigns/${campaign.id}/audience`), terminal);

  terminal.heading('Sending');
  await api.post(`/v1/campaigns/${campaign.id}/launch`);
  const progress = await watch(api, campaign.id, terminal);
  const { accepted, rejected, unknown } = progress;
  terminal.done(
    `${count(accepted)} accepted by the mail server, ${count(rejected)} refused, ${count(unknown)} unknown`,
  );
  terminal.heading('The same by SMS');
  const sms = await sendSms(api, sender.id, topicId, terminal);
  const { clock } = program;
  let purchase: PurchaseResult | null = null;
  if (clock) {
    terminal.heading('Three purchases, and what follows by itself');
    purchase = await playPurchase({ ...program, clock }, api, sender.id, topicId, terminal);
  }
  const seconds = (Date.now() - started) / 1000;
  terminal.done(`all of this took ${seconds.toFixed(1)} seconds`);
  await showWhy(api, campaign.id, terminal);

  const candidates = progress.candidates ?? 0;
  return {
    result: { imported, candidates, excluded: progress.excluded, accepted, sms, purchase, seconds },
    preferencePage: await aPreferencePage(program),
    signUpPage: await makeSignUpForm(api, sender.id, topics),
  };
}

/** Every topic of the shop, by email; the mail that asks to confirm comes to the sandbox inbox. */
async function makeSignUpForm(api: ApiClient, senderId: string, topics: Named[]): Promise<string> {
  const form = await api.post<Named & { url: string }>('/v1/forms', {
    senderId,
    name: 'Newsletter',
    wording: {
      choices: topics.map(({ id }) => ({ topicId: id, channel: 'email' })),
      incentive: sampleIncentive,
      asks: { firstName: true },
    },
  });
  return form.url;
}

async function importContacts(api: ApiClient, topicId: string, terminal: Terminal): Promise<number> {
  const file = readFileSync(join(projectRoot(), 'templates', 'samples', 'contacts.csv'));
  const rows = file.toString('utf8').split('\n').filter(Boolean).length - 1;
  const { id } = await api.upload<Named>(
    '/v1/imports',
    sampleImport(topicId),
    'contacts.csv',
    new Uint8Array(file),
  );
  const done = await poll(
    () => api.get<ImportView>(`/v1/imports/${id}`),
    view => {
      terminal.progress('rows read', view.rowsRead, rows);
      return ['finished', 'failed', 'cancelled'].includes(view.state);
    },
  );
  if (done.state !== 'finished') throw new Error(`The import ${done.state}.`);
  const imported = done.created + done.updated;
  terminal.done(`${count(imported)} contacts imported, ${done.rejected} rows rejected with their reasons`);
  return imported;
}

async function makeCampaign(api: ApiClient, topicId: string): Promise<Named> {
  const segment = await api.post<Named>('/v1/segments', {
    name: 'Everybody with an address',
    rule: { combinator: 'and', rules: [{ field: 'contact.email', operator: 'notNull', value: '' }] },
  });
  const template = await api.post<Named>('/v1/templates', { name: 'Autumn offer', fromStarter: 'offer' });
  return api.post<Named>('/v1/campaigns', {
    name: 'Autumn offer',
    topicId,
    segmentId: segment.id,
    templateId: template.id,
  });
}

/** Some of those who agreed take it back, and some addresses are on a list of people not to write to. */
async function someChangeTheirMind(api: ApiClient, campaignId: string, terminal: Terminal): Promise<void> {
  const { items } = await api.get<{ items: string[] }>(
    `/v1/campaigns/${campaignId}/audience/people?limit=200`,
  );
  const withdrawing = items.slice(0, SAMPLE_WITHDRAWALS);
  const suppressed = items.slice(SAMPLE_WITHDRAWALS, SAMPLE_WITHDRAWALS + SAMPLE_SUPPRESSIONS);
  await eachOf(withdrawing, async contactId => {
    await api.post('/v1/consents/withdrawals', { contactId, scope: { kind: 'everything' }, source: 'demo' });
  });
  await eachOf(suppressed, async contactId => {
    const { email } = await api.get<{ email: string }>(`/v1/contacts/${contactId}`);
    await api.post('/v1/suppressions', { channel: 'email', address: email });
  });
  terminal.done(
    `${withdrawing.length} people withdraw their consent; ${suppressed.length} addresses are suppressed`,
  );
}

async function watch(api: ApiClient, campaignId: string, terminal: Terminal): Promise<ProgressView> {
  return poll(
    () => api.get<ProgressView>(`/v1/campaigns/${campaignId}/progress`),
    progress => {
      if (progress.frozen !== null) terminal.progress('messages sent', progress.accepted, progress.frozen);
      return progress.state === 'finished';
    },
  );
}

async function showWhy(api: ApiClient, campaignId: string, terminal: Terminal): Promise<void> {
  const path = `/v1/messages?campaignId=${campaignId}&state=accepted&limit=1`;
  const [message] = (await api.get<{ items: Named[] }>(path)).items;
  if (!message) return;
  const why = await api.get<{ words: { en: string } }>(`/v1/messages/${message.id}/why`);
  terminal.heading(`Why was ${message.id}, one of them, allowed?`);
  terminal.prose(why.words.en);
}

/** Found where a customer would find it: in the header of a mail. */
async function aPreferencePage({ inbox }: Program): Promise<string | null> {
  const [newest] = (await inbox?.list({ limit: 1 })) ?? [];
  const mail = newest && (await inbox?.get(newest.id));
  const unsubscribe = mail && /https?:[^>]+/.exec(mail.header('list-unsubscribe') ?? '')?.[0];
  return unsubscribe ? unsubscribe.replace('/u/', '/p/') : null;
}
