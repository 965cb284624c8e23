import { type ReceivedMail } from '#transports';
import { SendersService } from '#consent';
import { addConsent } from './contact.js';
import {
  addCampaign,
  addPeople,
  addShop,
  dispatchOf,
  launch,
  type Shop,
  type TestSystem,
  until,
  untilState,
} from './system.js';

/** A browser as people use it; what names itself a program is flagged. */
export const BROWSER =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36';

/** A campaign that was sent through real SMTP, and each person's mail as it arrived. */
export interface SentCampaign {
  shop: Shop;
  campaign: string;
  dispatchId: number;
  people: number[];
  mailOf(contactId: number): ReceivedMail;
}

export type Agreed = 'opens' | 'links' | 'both' | 'neither';

/** Sends `body` (MJML) to one person for each of `agreed`, who agreed to be measured that far. */
export async function sendMeasured(
  system: TestSystem,
  body: string,
  agreed: readonly Agreed[],
  more: Record<string, unknown> = {},
): Promise<SentCampaign> {
  const shop = await addShop(system);
  const template = await system.request('POST', '/v1/templates', {
    name: `Measured ${shop.templateId}`,
    content: { en: { subject: 'Pears', mjml: body } },
  });
  if (template.status !== 201) throw new Error(template.text);
  const people = await addPeople(system, shop, agreed.length);
  const topics = await system.app
    .get(SendersService, { strict: false })
    .trackingTopics(Number(shop.senderId.slice(4)));
  for (const [at, id] of people.entries()) {
    const contact = { id } as Parameters<typeof addConsent>[1];
    if (agreed[at] === 'opens' || agreed[at] === 'both')
      await addConsent(system.app, contact, topics.open_tracking);
    if (agreed[at] === 'links' || agreed[at] === 'both')
      await addConsent(system.app, contact, topics.link_tracking);
  }
  const campaign = await addCampaign(system, { ...shop, templateId: template.body.id as string }, more);
  await launch(system, campaign);
  await untilState(system, campaign, 'finished');
  const rows = await system.database.db.query<{ id: number; email: string }>(
    'SELECT id, email FROM contact WHERE id = ANY($1)',
    [people],
  );
  const addressOf = new Map(rows.map(({ id, email }) => [id, email]));
  const mails = new Map<string, ReceivedMail>();
  for await (const mail of system.inbox.mails()) for (const to of mail.envelopeTo) mails.set(to, mail);
  return {
    ...{ shop, campaign, people, dispatchId: await dispatchOf(system, campaign) },
    mailOf: id => {
      const mail = mails.get(addressOf.get(id) ?? '');
      if (!mail) throw new Error(`No mail arrived for ${id}.`);
      return mail;
    },
  };
}

/** What stands in the `href` of each link of a mail, as a browser reads it, in order. */
export function hrefsOf({ html }: ReceivedMail): string[] {
  return [...(html ?? '').matchAll(/<a\s[^>]*?href="([^"]*)"/g)].map(([, href]) => plain(href ?? ''));
}

/** The addresses of ours in a mail, as paths: of links that people see, of the one they do not, of the picture. */
export function measuredOf(mail: ReceivedMail): { links: string[]; hidden: string[]; pictures: string[] } {
  const paths = (pattern: RegExp): string[] =>
    [...(mail.html ?? '').matchAll(pattern)].map(([, href]) => new URL(plain(href ?? '')).pathname);
  const hidden = paths(/<a href="([^"]*\/l\/[^"]*)" aria-hidden="true"/g);
  return {
    hidden,
    links: paths(/href="(http:\/\/ithn\.test\/l\/[^"]*)"/g).filter(path => !hidden.includes(path)),
    pictures: paths(/<img\s[^>]*?src="(http:\/\/ithn\.test\/o\/[^"]*)"/g),
  };
}

function plain(text: string): string {
  return text.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&');
}

/** Follows a link as a person does, or as the headers say. */
export async function follow(
  system: TestSystem,
  path: string,
  { method = 'GET', headers = {} }: { method?: string; headers?: Record<string, string> } = {},
): Promise<{ status: number; location: string | null; headers: Headers; body: Buffer }> {
  const answer = await fetch(system.url + path, {
    ...{ method, redirect: 'manual' },
    headers: { 'user-agent': BROWSER, ...headers },
  });
  const body = Buffer.from(await answer.arrayBuffer());
  return { status: answer.status, location: answer.headers.get('location'), headers: answer.headers, body };
}

export interface StoredEvent {
  contact_id: number;
  kind: string;
  link: number | null;
  machine: string | null;
  agent: string;
}

/** Waits until so many events of a dispatch are recorded, and tells them in order. */
export function events(system: TestSystem, dispatchId: number, count: number): Promise<StoredEvent[]> {
  return until(
    () =>
      system.database.db.query<StoredEvent>(
        `SELECT contact_id, kind, link, machine, agent FROM engagement_event
          WHERE dispatch_id = $1 ORDER BY occurred_at, id`,
        [dispatchId],
      ),
    rows => rows.length >= count,
    20_000,
  );
}
