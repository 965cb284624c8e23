import { formatId } from '#common';
import {
  type ConfirmationPress,
  ConfirmationLinks,
  ConsentsService,
  type Sender,
  type StateStatus,
  type Topic,
} from '#consent';
import { type Contact, ContactsService } from '#contacts';
import { type Form, type FormDraft, FormsService, SendConfirmationsHandler } from '#sign-ups';
import { type ReceivedMail } from '#transports';
import { type TestSystem } from './system.js';

export interface HtmlAnswer {
  status: number;
  headers: Headers;
  text: string;
}

let visitors = 0;

/** Somebody with a browser, at an address of their own. Wants a system that trusts 127.0.0.1 as a proxy. */
export class Visitor {
  readonly ip = `198.51.${Math.floor(++visitors / 250)}.${(visitors % 250) + 1}`;

  constructor(
    private readonly system: TestSystem,
    private readonly headers: Record<string, string> = {},
  ) {}

  get(path: string): Promise<HtmlAnswer> {
    return this.#call('GET', path);
  }

  post(path: string, fields: [string, string][] | string): Promise<HtmlAnswer> {
    const body = typeof fields === 'string' ? fields : new URLSearchParams(fields).toString();
    return this.#call('POST', path, body);
  }

  /** Opens the form, waits as people do, fills it in and presses. */
  async signUp(
    formId: string,
    fields: [string, string][],
    { lang = 'en', wait = 5000 } = {},
  ): Promise<HtmlAnswer> {
    const { text } = await this.get(`/s/${formId}?lang=${lang}`);
    this.system.clock.advance(wait);
    return this.post(`/s/${formId}?lang=${lang}`, [['stamp', stampOf(text)], ...fields]);
  }

  async #call(method: string, path: string, body?: string): Promise<HtmlAnswer> {
    const response = await fetch(this.system.url + path, {
      method,
      redirect: 'manual',
      headers: {
        'x-forwarded-for': this.ip,
        'user-agent': 'Tests/1.0',
        ...(body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
        ...this.headers,
      },
      ...(body === undefined ? {} : { body }),
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  }
}

export function stampOf(html: string): string {
  return /name="stamp" value="([^"]+)"/.exec(html)?.[1] ?? '';
}

/** A form that offers these topics by email. */
export function addForm(
  { app }: Pick<TestSystem, 'app'>,
  sender: Sender,
  topics: Topic[],
  more: Partial<FormDraft> & { allowedOrigins?: string[]; remind?: boolean } = {},
): Promise<Form> {
  const { allowedOrigins = [], remind = true, ...draft } = more;
  return app
    .get(FormsService, { strict: false })
    .create(
      { senderId: sender.id, name: 'Newsletter', allowedOrigins, remind },
      { choices: topics.map(topic => ({ topicId: topic.id, channel: 'email' })), ...draft },
      'tests',
    );
}

/** What a box of the form posts. */
export const tick = (topic: Topic, channel = 'email'): [string, string] => [
  'choice',
  `${topic.id}.${channel}`,
];

/** Lets a worker's handler send what is due, and gives the mails that came to this address, oldest first. */
export async function mailsTo(system: TestSystem, email: string): Promise<ReceivedMail[]> {
  await system.app.get(SendConfirmationsHandler, { strict: false }).handle();
  const summaries = await system.inbox.list({ limit: 200 });
  const mails: ReceivedMail[] = [];
  for (const { id } of summaries.reverse()) {
    const mail = await system.inbox.get(id);
    if (mail?.header('to')?.includes(email)) mails.push(mail);
  }
  return mails;
}

/** The path of the confirmation link in a mail. */
export function linkIn(mail: ReceivedMail | undefined): string {
  const url = /https?:\/\/[^\s"<]+\/c\/[\w-]+/.exec(mail?.text ?? '')?.[0];
  if (url === undefined) throw new Error('There is no confirmation link in this mail.');
  return new URL(url).pathname;
}

/** The links of a contact's requests, oldest first, as the mails bear them. */
export async function tokensOf({ app, database }: TestSystem, contactId: number): Promise<string[]> {
  const rows = await database.db.query<{ id: number; nonce: Buffer }>(
    'SELECT id, nonce FROM confirmation_request WHERE contact_id = $1 AND nonce IS NOT NULL ORDER BY id',
    [contactId],
  );
  const links = app.get(ConfirmationLinks, { strict: false });
  return rows.map(({ id, nonce }) => links.sign(id, nonce));
}

export async function contactBy(system: TestSystem, email: string): Promise<Contact | undefined> {
  const page = await system.app.get(ContactsService, { strict: false }).list({ limit: 1 }, { email });
  return page.items[0];
}

export async function statusOf(
  system: TestSystem,
  contactId: number,
  topic: Topic,
  channel = 'email',
): Promise<StateStatus | 'none'> {
  const states = await system.app.get(ConsentsService, { strict: false }).states(contactId);
  return states.find(state => state.topicId === topic.id && state.channel === channel)?.status ?? 'none';
}

export const press: ConfirmationPress = {
  textOf: () => 'May we write to you?\n[Yes]',
  textVersion: 'tests',
  locale: 'en',
  privacyNoticeVersion: undefined,
  ip: '203.0.113.9',
  userAgent: 'Tests/1.0',
};

export const idOf = (form: Form): string => formatId('form', form.id);
