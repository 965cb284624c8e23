import { join } from 'node:path';
import { type Browser, type Page } from 'playwright-core';
import { formatId, type Locale, locales } from '#common';
import { LedgerIntegrityService } from '#consent';
import { axeViolations, executablePath, openBrowser, shots } from '../factories/browser.js';
import {
  addCampaign,
  addShop,
  contactId,
  launch,
  type Shop,
  testSystem,
  type TestSystem,
  untilState,
} from '../factories/system.js';

const sizes = { phone: { width: 375, height: 800 }, desk: { width: 1280, height: 900 } };
/** A4 less the margins, in CSS pixels. */
const PAPER = { width: 672, height: 980 };

const titles = {
  export: { en: 'What we hold about you', ar: 'ما نحتفظ به عنك' },
  proof: { en: 'Proof of consent', ar: 'إثبات الموافقة' },
};

(executablePath ? describe : describe.skip)('the documents of a person in a browser', () => {
  let system: TestSystem;
  let shop: Shop;
  let browser: Browser | undefined;
  let person: string;

  beforeAll(async () => {
    system = await testSystem('postgres');
    shop = await addShop(system);
    person = await someLife();
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await system.close();
  });

  /** Somebody who agreed, bought, complained by phone, was written to, and was skipped once. */
  async function someLife(): Promise<string> {
    const made = async (path: string, body?: unknown): Promise<any> => {
      const answer = await system.request('POST', path, body);
      if (answer.status >= 300) throw new Error(`${path} answered ${answer.status}: ${answer.text}`);
      return answer.body;
    };
    await made('/v1/attributes', { key: 'city', type: 'text' });
    const { id } = await made('/v1/contacts', {
      ...{
        email: 'mona.alharbi@a-rather-long-domain-name.example',
        phone: '+966501234567',
        externalId: 'C-2041',
      },
      ...{ firstName: 'منى', lastName: 'الحربي', locale: 'ar', country: 'SA', timeZone: 'Asia/Riyadh' },
      attributes: { city: 'الرياض' },
    });
    const letter = await made('/v1/topics', {
      senderId: shop.senderId,
      key: 'letter',
      name: { en: 'Garden letter', ar: 'رسالة الحديقة' },
    });
    system.clock.advance(60_000);
    await made('/v1/consents', {
      ...{ contactId: id, channel: 'email', topicId: shop.topicId, method: 'checkbox', locale: 'ar' },
      textShown: 'أوافق على أن ترسل إليّ Nakheel Market عروضها بالبريد الإلكتروني، وأستطيع إيقافها في أي وقت.',
      ...{ source: 'https://shop.example/ar/checkout?step=3', ip: '203.0.113.77', textVersion: 'checkout-7' },
      ...{
        userAgent: 'Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/150.0 Mobile Safari/537.36',
      },
      ...{ country: 'SA', privacyNoticeVersion: '2026-10' },
    });
    system.clock.advance(60_000);
    await made('/v1/consents', {
      ...{ contactId: id, channel: 'sms', topicId: shop.topicId, basis: 'soft_opt_in', method: 'api' },
      ...{ textShown: 'We may text you about similar products. ☐ No, thank you', source: 'Riyadh shop' },
      softOptIn: {
        ...{ orderId: 'A-2026-118', productCategories: ['shoes', 'bags'], collectedBy: 'self' },
        refusalText: 'No text messages, please',
        refusalOfferedAt: system.clock.now().toISOString(),
      },
    });
    system.clock.advance(60_000);
    await made('/v1/consents/withdrawals', {
      contactId: id,
      scope: { kind: 'topic', topicId: letter.id },
      ...{ source: 'customer service', method: 'verbal' },
    });
    await system.app.get(LedgerIntegrityService, { strict: false }).seal();
    const first = await addCampaign(system, shop);
    await launch(system, first);
    await untilState(system, first, 'finished');
    await made('/v1/subject-requests', { kind: 'rectification', contactId: id, method: 'letter' });
    expect(id).toBe(contactId(Number(id.slice(4))));
    return id as string;
  }

  async function open(
    kind: keyof typeof titles,
    locale: Locale,
    viewport: { width: number; height: number },
    options: { bypassCSP?: boolean; colorScheme?: 'light' | 'dark' } = {},
  ): Promise<{ page: Page; troubles: string[] }> {
    const key = await system.keyWith('contacts:read', 'consents:read');
    const context = await (browser as Browser).newContext({
      ...{ viewport, javaScriptEnabled: options.bypassCSP ?? false, ...options },
      extraHTTPHeaders: { authorization: `Bearer ${key}` },
    });
    const page = await context.newPage();
    const troubles: string[] = [];
    page.on('console', message => troubles.push(message.text()));
    page.on('request', request => {
      if (!request.isNavigationRequest()) troubles.push(`asked for ${request.url()}`);
    });
    await page.goto(`${system.url}/v1/contacts/${person}/${kind}?format=html&locale=${locale}`);
    return { page, troubles };
  }

  describe.each(Object.keys(titles) as (keyof typeof titles)[])('%s', kind => {
    describe.each(locales)('in %s', locale => {
      it.each(['phone', 'desk'] as const)('reads well on a %s', async size => {
        const { page, troubles } = await open(kind, locale, sizes[size]);
        if (shots)
          await page.screenshot({ path: join(shots, `${kind}-${locale}-${size}.png`), fullPage: true });
        expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe(titles[kind][locale]);
        const facts = await page.evaluate(() => {
          const { document, getComputedStyle } = globalThis as any;
          const root = document.documentElement;
          return {
            ...{ lang: root.lang, direction: getComputedStyle(document.body).direction },
            overflow: root.scrollWidth - root.clientWidth,
            smallText: [...document.querySelectorAll('body *')]
              .filter(one => one.textContent?.trim() && parseFloat(getComputedStyle(one).fontSize) < 14)
              .map(one => one.textContent),
          };
        });
        expect(facts).toEqual({
          ...{ lang: locale, direction: locale === 'ar' ? 'rtl' : 'ltr', overflow: 0, smallText: [] },
        });
        expect(troubles).toEqual([]);
        await page.context().close();
      });

      it('prints on paper: black on white, nothing cut off, no record torn apart', async () => {
        const { page } = await open(kind, locale, PAPER, { colorScheme: 'dark' });
        await page.emulateMedia({ media: 'print' });
        const facts = await page.evaluate(() => {
          const { document, getComputedStyle } = globalThis as any;
          const root = document.documentElement;
          const article = document.querySelector('article');
          return {
            overflow: root.scrollWidth - root.clientWidth,
            background: getComputedStyle(document.body).backgroundColor,
            color: getComputedStyle(document.body).color,
            whole: getComputedStyle(article).breakInside,
          };
        });
        expect(facts).toEqual({
          ...{ overflow: 0, background: 'rgb(255, 255, 255)', color: 'rgb(0, 0, 0)', whole: 'avoid-page' },
        });
        const paper = await page.pdf({ preferCSSPageSize: true });
        expect(paper.subarray(0, 5).toString()).toBe('%PDF-');
        if (shots) {
          await page.pdf({ path: join(shots, `${kind}-${locale}.pdf`), preferCSSPageSize: true });
          await page.screenshot({ path: join(shots, `${kind}-${locale}-print.png`), fullPage: true });
        }
        await page.context().close();
      });

      it.each(['light', 'dark'] as const)('axe finds nothing to mend in %s colours', async colorScheme => {
        // axe is a script: it needs a page whose policy is lifted.
        const { page } = await open(kind, locale, sizes.phone, { bypassCSP: true, colorScheme });
        const violations = await axeViolations(page);
        expect(violations).toEqual([]);
        await page.context().close();
      });
    });
  });

  it('name the person’s number in no title, and offer nothing to press', async () => {
    const { page } = await open('proof', 'en', sizes.desk);
    expect(await page.title()).toBe(titles.proof.en);
    expect(await page.locator('a, button, form, script').count()).toBe(0);
    expect(await page.getByText(formatId('contact', Number(person.slice(4))), { exact: true }).count()).toBe(
      1,
    );
    await page.context().close();
  });
});
