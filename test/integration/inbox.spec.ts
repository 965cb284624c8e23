import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { type Browser, chromium, type Page } from 'playwright-core';
import { ProblemFilter } from '../../apps/api/src/http/problem.filter.js';
import { validationPipe } from '../../apps/api/src/http/validation.pipe.js';
import { InboxModule } from '../../apps/standalone/src/inbox/inbox.module.js';
import { InboxParts } from '../../apps/standalone/src/inbox/inbox-parts.js';
import { createLogger } from '#common';
import { parseRelayUrl, SandboxInbox, SmtpTransport } from '#transports';
import { sendTo } from '../conformance/email-transport.conformance.js';
import { findChromium } from '../harness/chromium.mjs';

const hostile =
  '<html><head><base href="https://evil.example/"></head><body><h1 id="shown">مرحبا</h1>' +
  '<script>document.title = "ran"; parent.postMessage("x", "*")</script><img src="x" onerror="document.title=1">' +
  '<img src="/inbox.json"><link rel="stylesheet" href="/docs/x.css"><form action="/inbox"><button id="go">x</button></form>' +
  '<a id="link" href="URL/inbox.json">unsubscribe</a></body></html>';

describe('the pages of the sandbox inbox', () => {
  let folder: string;
  let inbox: SandboxInbox;
  let transport: SmtpTransport;
  let app: NestFastifyApplication;
  let url: string;
  /** Paths that reached us. */
  const asked: string[] = [];
  const latest = async (): Promise<string> => (await inbox.list({ limit: 1 }))[0]?.id ?? '';

  beforeAll(async () => {
    const logger = createLogger('silent');
    folder = await mkdtemp(join(tmpdir(), 'ithn-inbox-'));
    inbox = await SandboxInbox.start({ folder, port: 0 });
    transport = new SmtpTransport([parseRelayUrl(`smtp://127.0.0.1:${inbox.port}`, 2)], logger);
    app = await NestFactory.create<NestFastifyApplication>(
      InboxModule.forRoot(new InboxParts(inbox)),
      new FastifyAdapter(),
      {
        logger: false,
        abortOnError: false,
      },
    );
    app.useGlobalPipes(validationPipe());
    app.useGlobalFilters(new ProblemFilter(logger));
    app
      .getHttpAdapter()
      .getInstance()
      .addHook('onRequest', (request, _reply, done) => {
        asked.push(request.url);
        done();
      });
    await app.listen(0, '127.0.0.1');
    url = (await app.getUrl()).replace('[::1]', '127.0.0.1');
  });
  afterAll(async () => {
    await app.close();
    await transport.close();
    await inbox.close();
    await rm(folder, { recursive: true });
  });

  it('list mails as JSON, and find by words', async () => {
    await sendTo(transport, { subject: 'First <b>' });
    await sendTo(transport, { subject: 'خصومات الكتب' });
    const all = (await (await fetch(`${url}/inbox.json`)).json()) as {
      items: { subject: string }[];
      kept: number;
    };
    expect(all).toMatchObject({ kept: 2, items: [{ subject: 'خصومات الكتب' }, { subject: 'First <b>' }] });
    const found = await (await fetch(`${url}/inbox.json?q=${encodeURIComponent('خصومات')}`)).json();
    expect(found).toMatchObject({ items: [{ subject: 'خصومات الكتب' }] });
  });

  it.each([
    '?q=a&q=b',
    '?q[x]=1',
    '?limit=-1',
    '?limit=1e99',
    `?q=${'x'.repeat(5000)}`,
    '?q=%00%ff',
    '?__proto__=1',
  ])('answer the odd question %s', async query => {
    expect((await fetch(`${url}/inbox${query}`)).status).toBe(200);
  });

  it('escape what a mail says about itself', async () => {
    await sendTo(transport, {
      subject: '<script>alert(1)</script>',
      from: { name: '"><img src=x>', address: 'a@b.example' },
    });
    for (const path of ['/inbox', `/inbox/${await latest()}`]) {
      const page = await (await fetch(url + path)).text();
      expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
      expect(page).not.toContain('<script>alert');
      expect(page).not.toContain('"><img');
    }
  });

  it('give the source as it came', async () => {
    await sendTo(transport, { subject: 'Source' });
    const answer = await fetch(`${url}/inbox/${await latest()}/raw`);
    expect(answer.headers.get('content-type')).toBe('message/rfc822');
    expect(answer.headers.get('content-disposition')).toMatch(/^attachment; filename="[\d-]+\.eml"$/);
    expect(await answer.text()).toContain('Subject: Source\r\n');
  });

  it.each(['/inbox/nothing', '/inbox/..%2f..%2fpackage.json', '/inbox/nothing/html', '/inbox/nothing/raw'])(
    'know nothing of %s',
    async path => {
      expect((await fetch(url + path)).status).toBe(404);
    },
  );

  it('let a mail neither run script nor load anything but pictures over https', async () => {
    await sendTo(transport, { html: hostile });
    const policy = (await fetch(`${url}/inbox/${await latest()}/html`)).headers.get(
      'content-security-policy',
    );
    expect(policy).toMatch(/^sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; /);
    expect(policy).not.toMatch(/allow-scripts|allow-same-origin|script-src/);
  });

  const path = findChromium();
  (path ? describe : describe.skip)('in a browser', () => {
    let browser: Browser;
    let page: Page;
    beforeAll(async () => {
      browser = await chromium.launch({
        executablePath: path ?? '',
        args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'],
      });
    });
    beforeEach(async () => {
      page = await browser.newPage();
    });
    afterEach(() => page.close());
    afterAll(() => browser.close());

    it('show new mail without a reload, and keep what is being typed', async () => {
      await page.goto(`${url}/inbox`);
      await page.getByRole('searchbox').fill('half a wo');
      await sendTo(transport, { subject: 'Arrives by itself' });
      await page.getByText('Arrives by itself').waitFor();
      expect(await page.getByRole('searchbox').inputValue()).toBe('half a wo');
    });

    it('show a hostile mail harmlessly, with links that open a tab', async () => {
      await sendTo(transport, { subject: 'Hostile', html: hostile.replace('URL', url) });
      const id = await latest();
      asked.length = 0;
      await page.goto(`${url}/inbox/${id}`);
      const frame = page.frameLocator('iframe');
      await frame.locator('#shown').waitFor();
      const [tab] = await Promise.all([page.context().waitForEvent('page'), frame.locator('#link').click()]);
      await tab.waitForLoadState();
      expect(new URL(tab.url()).pathname).toBe('/inbox.json');
      await tab.close();
      await frame.locator('#go').click();
      expect(await page.title()).toBe('Hostile · Ithn');
      expect(asked.filter(it => it !== '/favicon.ico')).toEqual([
        `/inbox/${id}`,
        `/inbox/${id}/html`,
        '/inbox.json', // the link, in its tab
      ]);
    });

    it.each([360, 1200])('need no sideways scrolling at a width of %i', async width => {
      await sendTo(transport, { subject: `${'كلمة طويلة '.repeat(20)}${'x'.repeat(200)}` });
      await page.setViewportSize({ width, height: 700 });
      for (const place of ['/inbox', `/inbox/${await latest()}`]) {
        await page.goto(url + place);
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
      }
    });
  });
});
