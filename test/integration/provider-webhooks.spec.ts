import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { type FeedbackCount, FeedbackService } from '#feedback';
import { TokenSigner } from '#common';
import { messageIdHeader } from '#sending';
import {
  addCampaign,
  addPeople,
  addShop,
  dispatchOf,
  launch,
  type Shop,
  testSystem,
  type TestSystem,
  until,
  untilState,
} from '../factories/system.js';

const KEY = 'key-0123456789abcdef0123456789abcdef';
const BREVO = 'brevo-secret-0123456789abcdef';

describe('what providers tell by webhook', () => {
  let system: TestSystem;
  let shop: Shop;

  beforeAll(async () => {
    system = await testSystem('postgres', { env: { MAILGUN_SIGNING_KEY: KEY, BREVO_WEBHOOK_SECRET: BREVO } });
    shop = await addShop(system);
  });
  afterAll(() => system.close());

  const post = async (
    provider: string,
    body: string | Buffer,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; body: any }> => {
    const answer = await fetch(`${system.url}/webhooks/${provider}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: body as string,
    });
    const text = await answer.text();
    return { status: answer.status, body: text === '' ? null : JSON.parse(text) };
  };
  /** An event as Mailgun signs it: the signature covers a time and a token, and not the event. */
  const mailgun = (
    eventData: Record<string, unknown>,
    token = Math.random().toString(36).slice(2),
  ): string => {
    const timestamp = String(Math.floor(system.clock.now().getTime() / 1000));
    const signature = createHmac('sha256', KEY)
      .update(timestamp + token)
      .digest('hex');
    return JSON.stringify({ signature: { timestamp, token, signature }, 'event-data': eventData });
  };
  const failed = (id: string, messageId: string, recipient: string): Record<string, unknown> => ({
    ...{
      id,
      event: 'failed',
      severity: 'permanent',
      timestamp: system.clock.now().getTime() / 1000,
      recipient,
    },
    'delivery-status': {
      code: 550,
      message: '550 5.1.1 The email account that you tried to reach does not exist',
    },
    message: { headers: { 'message-id': messageId } },
  });
  const sent = async (): Promise<{ dispatch: number; person: number; email: string; messageId: string }> => {
    const [person = 0] = await addPeople(system, shop, 1);
    const campaign = await addCampaign(system, shop);
    await launch(system, campaign);
    await untilState(system, campaign, 'finished');
    const dispatch = await dispatchOf(system, campaign);
    const row = await system.database.db.queryOne<{ email: string }>(
      'SELECT email FROM contact WHERE id = $1',
      [person],
    );
    const messageId = messageIdHeader(
      system.app.get(TokenSigner),
      { dispatchId: dispatch, contactId: person },
      'mail.nakheel.example',
    );
    return { dispatch, person, email: row?.email ?? '', messageId };
  };
  const counts = (dispatch: number): Promise<FeedbackCount[]> =>
    system.app.get(FeedbackService, { strict: false }).counts(dispatch);
  const bouncedHard = (of: FeedbackCount[]): number =>
    of.find(({ kind, bounceClass }) => kind === 'bounced' && bounceClass === 'hard')?.messages ?? 0;

  it('are verified, kept and acted upon; the same again changes nothing', async () => {
    const { dispatch, email, messageId } = await sent();
    const body = mailgun(failed('event-1', messageId, email));
    expect(await post('mailgun', body)).toEqual({ status: 200, body: { events: 1 } });
    await until(
      () => counts(dispatch),
      of => bouncedHard(of) === 1,
    );
    expect(await post('mailgun', body)).toEqual({ status: 200, body: { events: 0 } });
    expect(await post('mailgun', mailgun(failed('event-1', messageId, email)))).toEqual({
      status: 200,
      body: { events: 0 },
    });
    const found = await system.request('POST', '/v1/suppressions/search', {
      channel: 'email',
      address: email,
    });
    expect(found.body.items.map((item: any) => item.reason)).toEqual(['hard_bounce']);
  });

  it('act upon nobody when the event names no message of ours, or is signed for another event', async () => {
    const { dispatch, email, messageId } = await sent();
    const stranger = mailgun(failed('event-2', '<other@elsewhere.example>', email));
    expect((await post('mailgun', stranger)).status).toBe(200);
    const once = mailgun(failed('event-3', '<other@elsewhere.example>', email), 'token-3');
    expect((await post('mailgun', once)).status).toBe(200);
    const again = mailgun(failed('event-4', messageId, email), 'token-3');
    expect(await post('mailgun', again)).toMatchObject({
      status: 401,
      body: { code: 'WEBHOOK_SIGNATURE_INVALID' },
    });
    const held = (await system.request('GET', '/v1/feedback?state=held')).body.items;
    expect(held.map((item: any) => [item.source, item.heldFor])).toEqual([
      ['mailgun', 'UNPROVEN'],
      ['mailgun', 'UNPROVEN'],
    ]);
    expect(await counts(dispatch)).toEqual([]);
    expect(JSON.stringify(held)).not.toContain(email);
  });

  it.each([
    ['an unknown provider', 'nobody', {}, 404, 'PROVIDER_UNKNOWN'],
    ['one that is not set up', 'postmark', {}, 404, 'WEBHOOK_NOT_CONFIGURED'],
    ['no secret', 'brevo', {}, 401, 'WEBHOOK_UNSIGNED'],
    [
      'a wrong secret',
      'brevo',
      { authorization: 'Bearer wrong-wrong-wrong' },
      401,
      'WEBHOOK_SIGNATURE_INVALID',
    ],
    ['a body that is no JSON', 'brevo', { authorization: `Bearer ${BREVO}` }, 400, 'WEBHOOK_UNREADABLE'],
  ] as const)('refuse %s', async (_, provider, headers, status, code) => {
    expect(await post(provider, 'what?', headers)).toMatchObject({ status, body: { code } });
  });

  it('refuse a body that is too large', async () => {
    const body = Buffer.alloc(3 * 1024 * 1024, 'a');
    expect((await post('mailgun', body)).status).toBe(413);
  });

  it('answer whatever comes with 2xx or 4xx, signed or not', async () => {
    const statuses: Record<number, number> = {};
    const anything = fc.oneof(
      fc.json(),
      fc.string(),
      fc.jsonValue().map(value => mailgun({ id: 'x', event: value })),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('ses', 'sendgrid', 'mailgun', 'postmark', 'brevo', '__proto__', 'constructor'),
        anything,
        fc.boolean(),
        async (provider, body, isKnown) => {
          const { status } = await post(provider, body, isKnown ? { authorization: `Bearer ${BREVO}` } : {});
          statuses[status] = (statuses[status] ?? 0) + 1;
          expect(status).toBeLessThan(500);
        },
      ),
      { numRuns: 8000 },
    );
    expect((await system.request('GET', '/health/live')).status).toBe(200);
    expect(Object.keys(statuses).length).toBeGreaterThan(2);
  });
});
