import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isSigned, SandboxPhone, type TwilioTransport } from '#transports';
import { smsTo } from '../conformance/sms-transport.conformance.js';
import { twilioTo } from '../factories/sms.js';
import { TEST_ACCOUNT } from '../factories/test-account.js';
import { until } from '../factories/system.js';

interface Call {
  url: string;
  fields: Record<string, string>;
  isSigned: boolean;
}

describe('the sandbox phone', () => {
  let folder: string;
  let phone: SandboxPhone;
  let transport: TwilioTransport;
  let listener: Server;
  let calls: Call[];
  /** How the listener answers. */
  let answer: { status: number; body: string };
  const options = { port: 0, authToken: TEST_ACCOUNT.authToken };
  const open = async (more: Partial<Parameters<typeof SandboxPhone.start>[0]> = {}): Promise<void> => {
    phone = await SandboxPhone.start({ folder, ...options, ...more });
    transport = twilioTo(phone.url);
  };
  const close = async (): Promise<void> => {
    await transport.close();
    await phone.close();
  };
  const hook = (): string => `http://127.0.0.1:${(listener.address() as AddressInfo).port}/hooks/sms?m=abc`;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ithn-phone-'));
    calls = [];
    answer = { status: 200, body: '' };
    listener = createServer((request, response) => {
      let text = '';
      request.on('data', (chunk: Buffer) => (text += chunk.toString()));
      request.on('end', () => {
        const fields = Object.fromEntries(new URLSearchParams(text));
        const url = `http://${request.headers.host}${request.url}`;
        const signature = String(request.headers['x-twilio-signature']);
        calls.push({ url, fields, isSigned: isSigned(TEST_ACCOUNT.authToken, signature, url, fields) });
        response.writeHead(answer.status, { 'content-type': 'text/xml' }).end(answer.body);
      });
    }).listen(0, '127.0.0.1');
    await new Promise(resolve => listener.once('listening', resolve));
    await open();
  });
  afterEach(async () => {
    await close();
    await new Promise(resolve => listener.close(resolve));
    await rm(folder, { recursive: true });
  });

  it('reports what became of a message, signed, as Twilio does', async () => {
    const outcome = await smsTo(transport, { statusUrl: hook() });
    await until(
      async () => calls.length,
      count => count === 2,
    );
    const sid = outcome.state === 'accepted' ? outcome.providerMessageId : null;
    expect(calls.map(({ fields }) => [fields['MessageSid'], fields['MessageStatus']])).toEqual([
      [sid, 'sent'],
      [sid, 'delivered'],
    ]);
    expect(calls.every(call => call.isSigned && call.url.endsWith('?m=abc'))).toBe(true);
  });

  it('does not deliver to a number that ends in an error', async () => {
    expect((await smsTo(transport, { to: '+150055530005', statusUrl: hook() })).state).toBe('accepted');
    await until(
      async () => calls.length,
      count => count === 2,
    );
    expect(calls[1]?.fields).toMatchObject({ MessageStatus: 'undelivered', ErrorCode: '30005' });
  });

  it.each([
    ['+15005550001', 'rejected', 21211],
    ['+15005550002', 'deferred', 21612],
    ['+15005550003', 'deferred', 21408],
    ['+15005550004', 'rejected', 21610],
    ['+15005550009', 'rejected', 21614],
  ])('refuses %s as Twilio’s test credentials do', async (to, state, code) => {
    expect(await smsTo(transport, { to })).toMatchObject({ state, code });
    expect(phone.list()).toEqual([]);
  });

  it.each([
    ['+15005550001', 21212],
    ['+15005550007', 21606],
    ['+15005550008', 21611],
  ])('refuses the sender %s as Twilio’s test credentials do', async (number, code) => {
    expect(await smsTo(transport, { from: { kind: 'number', number } })).toMatchObject({
      state: 'deferred',
      code,
    });
  });

  it('tells whoever is too fast to wait, and loses nothing', async () => {
    await close();
    await open({ perSecond: 3 });
    const texts = Array.from({ length: 8 }, (_, n) => `message ${n}`);
    let left = texts;
    while (left.length > 0) {
      const outcomes = await Promise.all(left.map(text => smsTo(transport, { text })));
      expect(outcomes.every(({ state }) => state === 'accepted' || state === 'deferred')).toBe(true);
      left = left.filter((_, at) => outcomes[at]?.state === 'deferred');
    }
    const kept = phone.list().map(({ text }) => text);
    expect(kept.sort()).toEqual(texts);
  });

  it('keeps its messages over a restart, the newest of them, and passes over a line that was cut off', async () => {
    for (let n = 0; n < 5; n++) await smsTo(transport, { text: `message ${n}` });
    await close();
    await appendFile(join(folder, 'messages.jsonl'), '{"id":"SM');
    await open({ limit: 3 });
    expect(phone.list().map(({ text }) => text)).toEqual(['message 4', 'message 3', 'message 2']);
    await smsTo(transport, { text: 'message 5' });
    await close();
    await open({ limit: 3 });
    expect(phone.list(2).map(({ text }) => text)).toEqual(['message 5', 'message 4']);
    await phone.clear();
    expect(phone.list()).toEqual([]);
  });

  it('knows of each message whether it was delivered, also after a restart', async () => {
    await smsTo(transport, { to: '+966501234567' });
    await smsTo(transport, { to: '+150055530005', statusUrl: hook() });
    const states = (): unknown[] => phone.history().map(({ state, errorCode }) => [state, errorCode]);
    const ended = [
      ['undelivered', 30005],
      ['delivered', null],
    ];
    await until(
      async () => states(),
      seen => seen.every(state => (state as unknown[])[0] !== 'queued'),
    );
    expect(states()).toEqual(ended);
    await close();
    await open();
    expect(states()).toEqual(ended);
  });

  const reply = { from: '+966501234567', to: '+15005550006', text: 'إيقاف' };

  it('keeps what is said in return to somebody’s answer, apart from what its API was given', async () => {
    await smsTo(transport, { to: reply.from, from: { kind: 'number', number: reply.to } });
    const body = '<?xml version="1.0"?><Response><Message>تم &amp; شكرًا</Message></Response>';
    answer = { status: 200, body };
    expect(await (await phone.reply(hook(), reply)).text()).toBe(body);
    expect(phone.history(2)).toMatchObject([
      {
        ...{ direction: 'outbound-reply', from: reply.to, to: reply.from },
        ...{ text: 'تم & شكرًا', state: 'delivered' },
      },
      { direction: 'inbound', ...reply, state: 'received' },
    ]);
    expect(phone.list().map(({ direction }) => direction)).toEqual(['outbound-api']);
    expect(phone.count).toBe(3);
  });

  it('knows that an answer reached nobody, and believes nothing that came with a refusal', async () => {
    answer = { status: 404, body: '<Response><Message>x</Message></Response>' };
    expect((await phone.reply(hook(), reply)).status).toBe(404);
    await expect(phone.reply('http://127.0.0.1:1/', reply)).rejects.toThrow();
    expect(phone.history()).toMatchObject([
      { direction: 'inbound', state: 'failed', errorCode: null },
      { direction: 'inbound', state: 'failed', errorCode: 404 },
    ]);
  });

  it('answers in somebody’s name, signed', async () => {
    const taken = await phone.reply(hook(), reply);
    expect(taken.status).toBe(200);
    expect(calls[0]).toMatchObject({
      isSigned: true,
      fields: { From: '+966501234567', To: '+15005550006', Body: 'إيقاف' },
    });
  });

  it('answers what is no request of the API with its errors, and stays up', async () => {
    const ask = async (path: string, init: RequestInit = {}): Promise<unknown> => {
      const answer = await fetch(`${phone.url}${path}`, init);
      return [answer.status, ((await answer.json()) as { code: number }).code];
    };
    const { accountSid, authToken } = TEST_ACCOUNT;
    const path = `/2010-04-01/Accounts/${accountSid}/Messages.json`;
    const login = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`;
    const form = (fields: Record<string, string>): RequestInit => ({
      method: 'POST',
      headers: { authorization: login },
      body: new URLSearchParams(fields),
    });
    expect(await ask('/')).toEqual([404, 20404]);
    expect(await ask(path)).toEqual([404, 20404]);
    expect(await ask(path, { method: 'POST', body: new URLSearchParams({ To: '+1' }) })).toEqual([
      401, 20003,
    ]);
    expect(await ask(path, form({}))).toEqual([400, 21604]);
    expect(await ask(path, form({ To: '+966501234567' }))).toEqual([400, 21603]);
    expect(await ask(path, form({ To: '+966501234567', From: 'Nile' }))).toEqual([400, 21602]);
    expect(await ask(path, form({ To: '0501', From: 'Nile', Body: 'x' }))).toEqual([400, 21211]);
    expect(await ask(path, form({ To: '+966501234567', From: 'Nile', Body: 'x'.repeat(1601) }))).toEqual([
      400, 21617,
    ]);
    const late = { To: '+966501234567', From: 'Nile', Body: 'x', ValidityPeriod: '0' };
    expect(await ask(path, form(late))).toEqual([400, 21625]);
    expect(await ask(path, form({ Body: 'x'.repeat(70_000) }))).toEqual([413, 20413]);
    expect((await smsTo(transport)).state).toBe('accepted');
  });
});
