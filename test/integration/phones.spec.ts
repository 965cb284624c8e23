import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type Page } from 'playwright-core';
import { InboxModule } from '../../apps/standalone/src/inbox/inbox.module.js';
import { InboxParts } from '../../apps/standalone/src/inbox/inbox-parts.js';
import { isSigned, SandboxPhone, type TwilioTransport } from '#transports';
import { smsTo } from '../conformance/sms-transport.conformance.js';
import { type TestApi, testApi } from '../factories/api.js';
import { axeViolations, executablePath, openBrowser, shots } from '../factories/browser.js';
import { twilioTo } from '../factories/sms.js';
import { TEST_ACCOUNT } from '../factories/test-account.js';
import { until } from '../factories/system.js';

const NUMBER = '+15005550006';
const ARABIC =
  'Nakhla: أهلًا ماجد، وصلت تمور الموسم: خصم 15% حتى الأحد. https://nakhla.example/new\nللإيقاف أرسل إيقاف';
const hostile = [
  '<script>document.title="ran"</script><img src=x onerror="document.title=1">',
  '\u202E\u2066\u2067"\'></p></main><h1>javascript:alert(1)',
  '👩🏽‍🚀'.repeat(40),
  'x'.repeat(600),
].join('\n');

describe('the pages of the sandbox phone', () => {
  let folder: string;
  let phone: SandboxPhone;
  let transport: TwilioTransport;
  let api: TestApi;
  let url: string;
  let webhook: Server;
  /** What the webhook was told, and how it answers. */
  let told: Record<string, string>[] = [];
  let answer = { status: 200, body: '' };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ithn-phones-'));
    phone = await SandboxPhone.start({ folder, port: 0, authToken: TEST_ACCOUNT.authToken });
    transport = twilioTo(phone.url);
    webhook = createServer((request, response) => {
      let text = '';
      request.on('data', (chunk: Buffer) => (text += chunk.toString()));
      request.on('end', () => {
        const fields = Object.fromEntries(new URLSearchParams(text));
        const signature = String(request.headers['x-twilio-signature']);
        const isOurs = isSigned(TEST_ACCOUNT.authToken, signature, inboundUrl(), fields);
        if (isOurs) told.push(fields);
        response.writeHead(answer.status, { 'content-type': 'text/xml' }).end(answer.body);
      });
    }).listen(0, '127.0.0.1');
    await new Promise(resolve => webhook.once('listening', resolve));
    // The whole API, whose rules for bodies must not keep the form of a page out.
    api = await testApi({}, [InboxModule.forRoot(new InboxParts(null, phone, inboundUrl()))]);
    url = api.url;
  });
  beforeEach(async () => {
    told = [];
    answer = { status: 200, body: '' };
    await phone.clear();
  });
  afterAll(async () => {
    await api.close();
    await transport.close();
    await phone.close();
    await new Promise(resolve => webhook.close(resolve));
    await rm(folder, { recursive: true });
  });

  const inboundUrl = (): string =>
    `http://127.0.0.1:${(webhook.address() as AddressInfo).port}/webhooks/twilio/inbound`;
  const send = async (to: string, text: string, from = NUMBER): Promise<void> => {
    const source = from.startsWith('+') ? { kind: 'number', number: from } : { kind: 'name', name: from };
    const outcome = await smsTo(transport, {
      to,
      text,
      from: source as never,
      validSeconds: 3600,
    });
    expect(outcome.state).toBe('accepted');
  };
  const show = async (path: string): Promise<string> => (await fetch(url + path)).text();
  const reply = (
    number: string,
    fields: Record<string, string>,
    headers: Record<string, string> = {},
  ): Promise<Response> =>
    fetch(`${url}/inbox/phones/${number}`, {
      ...{ method: 'POST', body: new URLSearchParams(fields), headers, redirect: 'manual' },
    });

  it('tell of every message as JSON, with its parts, its encoding and what became of it', async () => {
    await send('+966520000001', ARABIC, 'Nakhla-AD');
    await send('+150055530005', 'Hi');
    const ask = async (query = ''): Promise<{ kept: number; items: { state: string }[] }> =>
      (await (await fetch(`${url}/inbox/phones.json${query}`)).json()) as never;
    const all = await until(ask, ({ items }) => items.every(({ state }) => state !== 'queued'));
    expect(all).toMatchObject({
      kept: 2,
      items: [
        {
          to: '+150055530005',
          parts: 1,
          encoding: 'gsm7',
          dir: 'ltr',
          state: 'undelivered',
          errorCode: 30005,
        },
        {
          from: 'Nakhla-AD',
          parts: 2,
          encoding: 'ucs2',
          dir: 'rtl',
          state: 'delivered',
          validSeconds: expect.closeTo(3600, -1),
        },
      ],
    });
    expect((await ask(`?q=${encodeURIComponent('تمور')}`)).items).toHaveLength(1);
    expect((await ask('?limit=1')).items).toHaveLength(1);
  });

  it('show a text by its own direction, with links that are no more than links', async () => {
    await send('+966520000001', `${ARABIC}\njavascript:alert(1)`, 'Nakhla-AD');
    const page = await show('/inbox/phones/966520000001');
    expect(page).toMatch(/<p class="bubble" dir="rtl">Nakhla: أهلًا/);
    expect([...page.matchAll(/<p class="bubble".*?<\/p>/gs)].join('').match(/<a [^>]*>/g)).toEqual([
      '<a href="https://nakhla.example/new" dir="ltr" target="_blank" rel="noopener noreferrer">',
    ]);
    expect(page).toMatch(/valid for (?:1 h|59 min|60 min)/);
    // A name cannot be answered.
    expect(page).not.toContain('<form');
    expect(await show('/inbox/phones')).toContain('<span class="snippet" dir="rtl">Nakhla: أهلًا');
  });

  it.each(['?q=a&q=b', '?q[x]=1', '?limit=-1', `?q=${'x'.repeat(201)}`, '?q=%00%ff'])(
    'answer the odd question %s',
    async query => {
      expect((await fetch(`${url}/inbox/phones${query}`)).status).toBe(200);
    },
  );

  it.each(['447700900001', '..%2f..', '%3Cscript%3E', '__proto__'])('know nothing of %s', async number => {
    const answered = await fetch(`${url}/inbox/phones/${number}`);
    expect(answered.status).toBe(404);
    expect(await answered.text()).not.toContain('<script>');
  });

  it('take an answer to the webhook as Twilio does, and show what is said in return', async () => {
    await send('+447700900001', 'Hi Emma');
    answer = {
      status: 200,
      body: '<Response><Message>You will not hear from us again &amp; bye</Message></Response>',
    };
    const taken = await reply('447700900001', { to: NUMBER, text: ' STOP \r\nنعم ' });
    expect([taken.status, taken.headers.get('location')]).toEqual([303, '/inbox/phones/447700900001#t1']);
    expect(told).toMatchObject([{ From: '+447700900001', To: NUMBER, Body: 'STOP \nنعم' }]);
    const page = await show('/inbox/phones/447700900001');
    expect(page.match(/<p class="bubble" dir="\w+">[^<]*/g)).toEqual([
      '<p class="bubble" dir="ltr">Hi Emma',
      '<p class="bubble" dir="rtl">STOP \nنعم',
      '<p class="bubble" dir="ltr">You will not hear from us again &amp; bye',
    ]);
  });

  it('say that nobody took an answer', async () => {
    await send('+447700900001', 'Hi Emma');
    answer = { status: 404, body: '<Response><Message>x</Message></Response>' };
    await reply('447700900001', { to: NUMBER, text: 'STOP' });
    const page = await show('/inbox/phones/447700900001');
    expect(page).toContain('<strong>not taken: the answer was 404</strong>');
    expect(page).not.toContain('>x<');
  });

  it('take no answer from another site, nor one to or from somebody who wrote nothing', async () => {
    await send('+447700900001', 'Hi Emma');
    await send('+966520000001', 'Hi', 'Nakhla-AD');
    const yes = { to: NUMBER, text: 'STOP' };
    expect((await reply('447700900001', yes, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await reply('447700900001', yes, { origin: 'https://evil.example' })).status).toBe(403);
    expect((await reply('447700900001', yes, { origin: 'null' })).status).toBe(403);
    expect((await reply('447700900002', yes)).status).toBe(404);
    expect((await reply('447700900001', { to: '+15005550007', text: 'STOP' })).status).toBe(404);
    expect((await reply('966520000001', { to: 'Nakhla-AD', text: 'STOP' })).status).toBe(404);
    expect((await reply('447700900001', { to: NUMBER, text: ' \n ' })).status).toBe(303);
    expect((await reply('447700900001', { to: NUMBER, text: 'x'.repeat(20_000) })).status).toBe(413);
    expect(told).toEqual([]);
    expect((await reply('447700900001', yes, { origin: url })).status).toBe(303);
    expect(told).toHaveLength(1);
  });

  (executablePath ? describe : describe.skip)('in a browser', () => {
    let browser: Browser;
    let page: Page;
    beforeAll(async () => {
      browser = await openBrowser();
    });
    beforeEach(async () => {
      page = await browser.newPage();
    });
    afterEach(() => page.close());
    afterAll(() => browser.close());

    it('send an answer with a press, and keep what is being typed while messages arrive', async () => {
      await send('+447700900001', 'Hi Emma');
      answer = { status: 200, body: '<Response><Message>تم إيقاف الرسائل</Message></Response>' };
      await page.goto(`${url}/inbox/phones/447700900001`);
      await page.getByRole('textbox').fill('STOP');
      await page.getByRole('button', { name: 'Send' }).click();
      await page.getByText('تم إيقاف الرسائل').waitFor();
      expect(told).toMatchObject([{ Body: 'STOP' }]);
      await page.getByRole('textbox').fill('half a wo');
      await send('+447700900001', 'Arrives by itself');
      await page.getByText('Arrives by itself').waitFor();
      expect(await page.getByRole('textbox').inputValue()).toBe('half a wo');
    });

    it.each([375, 1280])('show hostile texts harmlessly, with no sideways scrolling at %i', async width => {
      await send('+966520000001', ARABIC);
      await send('+966520000001', hostile);
      await reply('966520000001', { to: NUMBER, text: hostile });
      await page.setViewportSize({ width, height: 800 });
      for (const place of ['/inbox/phones', '/inbox/phones/966520000001']) {
        await page.goto(url + place);
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
        expect(await page.title()).not.toMatch(/ran|^1/);
        expect(await page.locator('h1').count()).toBe(1);
        if (shots)
          await page.screenshot({ path: join(shots, `sms-${width}${place.replaceAll('/', '-')}.png`) });
      }
      expect(await page.locator('.bubble').nth(1).innerText()).toContain(
        '<script>document.title="ran"</script>',
      );
    });

    it.each(['light', 'dark'] as const)('can be read by everybody, in %s colours', async colorScheme => {
      await send('+447700900001', 'Hi Emma');
      await send('+447700900001', ARABIC, 'Nakhla');
      answer = { status: 500, body: '' };
      await reply('447700900001', { to: NUMBER, text: 'STOP' });
      const context = await browser.newContext({ colorScheme, bypassCSP: true });
      const looked = await context.newPage();
      for (const place of ['/inbox/phones', '/inbox/phones/447700900001']) {
        await looked.goto(url + place);
        expect(await axeViolations(looked)).toEqual([]);
      }
      await context.close();
    });
  });
});
