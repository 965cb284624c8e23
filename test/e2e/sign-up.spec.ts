import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type Browser, type Page } from 'playwright-core';
import { type Locale, locales } from '#common';
import { type Sender, type Topic } from '#consent';
import { type Form } from '#sign-ups';
import { axeViolations, executablePath, openBrowser, shots } from '../factories/browser.js';
import { addSender, addTopic } from '../factories/sender.js';
import { addForm, contactBy, idOf, linkIn, mailsTo, statusOf } from '../factories/sign-up.js';
import { testSystem, type TestSystem } from '../factories/system.js';

const sizes = { phone: { width: 375, height: 800 }, desk: { width: 1280, height: 900 } };
type Size = keyof typeof sizes;

const words = {
  en: {
    email: 'Your email address',
    name: 'First name (optional)',
    offers: /emails about: Offers/,
    signUp: 'Sign me up',
    nearly: 'Nearly there',
    again: 'One more press, please',
    sent: 'One step left, in your inbox',
    agree: 'Yes, I agree',
    refuse: 'No, it was not me',
    done: 'Done, you are subscribed',
    refused: 'The request is closed',
    expired: 'This link has expired',
    over: 'Start over',
    preferences: 'Change what you get, at any time',
    save: 'Save my choices',
  },
  ar: {
    email: 'عنوان بريدك الإلكتروني',
    name: 'الاسم الأول (اختياري)',
    offers: /رسائل بريدية عن: العروض/,
    signUp: 'أرغب في الاشتراك',
    nearly: 'بقي القليل',
    again: 'نرجو الضغط مرة أخرى',
    sent: 'بقيت خطوة واحدة، في بريدك',
    agree: 'نعم، أوافق',
    refuse: 'لا، لم يكن ذلك مني',
    done: 'تمّ الاشتراك، شكرًا لك',
    refused: 'أُغلق الطلب',
    expired: 'انتهت مدة هذا الرابط',
    over: 'البدء من جديد',
    preferences: 'تغيير ما يصلك، في أي وقت',
    save: 'حفظ اختياراتي',
  },
};

(executablePath ? describe : describe.skip)('signing up in a browser', () => {
  let system: TestSystem;
  let browser: Browser;
  let sender: Sender;
  let offers: Topic;
  let form: Form;
  let count = 0;
  /** A page of the shop's own, with the form in a frame and as plain HTML. */
  let shop: Server;
  let shopUrl: string;
  let shopPage = '';

  beforeAll(async () => {
    system = await testSystem('postgres', { startWorker: false });
    shop = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html; charset=utf-8').end(shopPage);
    });
    await new Promise<void>(resolve => shop.listen(0, '127.0.0.1', resolve));
    shopUrl = `http://127.0.0.1:${(shop.address() as AddressInfo).port}`;
    sender = await addSender(system.app);
    offers = await addTopic(system.app, sender);
    const letter = await addTopic(
      system.app,
      sender,
      { en: 'Garden letter', ar: 'رسالة الحديقة' },
      { en: 'What to plant and water this month.', ar: 'ما يُزرع ويُسقى هذا الشهر.' },
    );
    form = await addForm(system, sender, [offers, letter], {
      asks: { firstName: true, phone: true },
      allowedOrigins: [shopUrl],
      incentive: {
        name: { en: '10% off your first order', ar: 'خصم 10% على أول طلب' },
        text: { en: 'Your code: NAKHEEL10', ar: 'رمز الخصم: NAKHEEL10' },
        url: { en: 'https://nakheel.example/en', ar: 'https://nakheel.example/ar' },
      },
    });
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await system.close();
    await new Promise(resolve => shop.close(resolve));
  });

  const newEmail = (): string => `browser-${++count}@example.com`;
  const formPath = (locale: Locale): string => `${system.url}/s/${idOf(form)}?lang=${locale}`;

  /** A browser window in which no page may run a script, watched for anything a page asks for or complains of. */
  async function open(size: Size): Promise<{ page: Page; troubles: string[] }> {
    // Each test is another network's guest for the limit: the window of ten minutes is over.
    system.clock.advance(600_000);
    const context = await browser.newContext({ viewport: sizes[size], javaScriptEnabled: false });
    const page = await context.newPage();
    const troubles: string[] = [];
    // A form that was not finished is a 422, and Chromium notes every such answer.
    page.on('console', message => message.text().includes('422') || troubles.push(message.text()));
    page.on('request', request => {
      if (!request.isNavigationRequest()) troubles.push(`asked for ${request.url()}`);
    });
    return { page, troubles };
  }

  const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

  async function expectSound(page: Page, locale: Locale, name: string): Promise<void> {
    if (shots) await page.screenshot({ path: join(shots, `${name}.png`), fullPage: true });
    const facts = await page.evaluate(() => {
      const { document, getComputedStyle } = globalThis as any;
      const root = document.documentElement;
      const seen = (element: any): boolean =>
        element.getClientRects().length > 0 && getComputedStyle(element).visibility !== 'hidden';
      const targets = [...document.querySelectorAll('button, a, label, input:not([type="checkbox"])')].filter(
        seen,
      );
      return {
        lang: root.lang,
        dir: root.dir,
        overflow: root.scrollWidth - root.clientWidth,
        headings: document.querySelectorAll('h1').length,
        smallTargets: targets
          .filter(one => one.getBoundingClientRect().height < 44)
          .map(one => one.outerHTML),
        smallText: [...document.querySelectorAll('body *')]
          .filter(
            one => seen(one) && one.textContent?.trim() && parseFloat(getComputedStyle(one).fontSize) < 16,
          )
          .map(one => one.textContent),
        trapSeen: [...document.querySelectorAll('.trap input')].filter(seen).length,
        cookies: document.cookie,
      };
    });
    expect(facts).toEqual({
      ...{ lang: locale, dir: locale === 'ar' ? 'rtl' : 'ltr', overflow: 0, headings: 1 },
      ...{ smallTargets: [], smallText: [], trapSeen: 0, cookies: '' },
    });
    expect(await page.context().cookies()).toEqual([]);
  }

  describe.each(locales)('in %s', locale => {
    const say = words[locale];

    describe.each(['phone', 'desk'] as const)('on a %s', size => {
      const shot = (name: string): string => `${name}-${locale}-${size}`;

      it('a person signs up, confirms, and finds what was promised', async () => {
        const { page, troubles } = await open(size);
        const email = newEmail();
        await page.goto(formPath(locale));
        await expectSound(page, locale, shot('sign-up'));
        for (const box of await page.getByRole('checkbox').all()) expect(await box.isChecked()).toBe(false);

        system.clock.advance(5000);
        await page.getByLabel(say.name).fill(locale === 'ar' ? 'منى' : 'Mona');
        await button(page, say.signUp).click();
        await page.getByRole('alert').filter({ hasText: say.nearly }).waitFor();
        await expectSound(page, locale, shot('sign-up-unfinished'));
        expect(await page.getByLabel(say.name).inputValue()).toBe(locale === 'ar' ? 'منى' : 'Mona');

        await page.getByLabel(say.email).fill(email);
        await page.getByText(say.offers).click();
        await button(page, say.signUp).click();
        await page.getByRole('heading', { name: say.sent }).waitFor();
        await expectSound(page, locale, shot('sign-up-sent'));

        const [mail] = await mailsTo(system, email);
        if (shots) {
          const reader = await browser.newPage({ viewport: sizes[size] });
          await reader.setContent(mail!.html ?? '');
          await reader.screenshot({ path: join(shots, `${shot('sign-up-mail')}.png`), fullPage: true });
          await reader.close();
        }
        await page.goto(system.url + linkIn(mail));
        await expectSound(page, locale, shot('opt-in'));
        const contact = (await contactBy(system, email))!;
        expect(await statusOf(system, contact.id, offers)).toBe('requested');
        await button(page, say.agree).click();
        await page.getByRole('heading', { name: say.done }).waitFor();
        await expectSound(page, locale, shot('opted-in'));
        expect(await page.getByText('NAKHEEL10').isVisible()).toBe(true);
        expect(await statusOf(system, contact.id, offers)).toBe('granted');
        await page.getByRole('link', { name: say.preferences }).click();
        await button(page, say.save).waitFor();
        expect(troubles).toEqual([]);
        await page.context().close();
      });

      it('somebody else says that it was not them, or comes too late', async () => {
        const { page, troubles } = await open(size);
        for (const [email, late] of [
          [newEmail(), false],
          [newEmail(), true],
        ] as const) {
          await page.goto(formPath(locale));
          system.clock.advance(5000);
          await page.getByLabel(say.email).fill(email);
          await page.getByText(say.offers).click();
          await button(page, say.signUp).click();
          await page.getByRole('heading', { name: say.sent }).waitFor();
          const link = linkIn((await mailsTo(system, email))[0]);
          await page.goto(system.url + link);
          if (late) system.clock.advance(48 * 3_600_000);
          await button(page, late ? say.agree : say.refuse).click();
          await page.getByRole('heading', { name: late ? say.expired : say.refused }).waitFor();
          await expectSound(page, locale, shot(late ? 'opt-in-expired' : 'opt-in-refused'));
          const contact = (await contactBy(system, email))!;
          expect(await statusOf(system, contact.id, offers)).toBe(late ? 'requested' : 'refused');
        }
        await page.getByRole('link', { name: say.over }).click();
        await button(page, say.signUp).waitFor();
        expect(troubles).toEqual([]);
        await page.context().close();
      });
    });

    it('everything can be done with the keyboard alone, the focus is seen, and the trap is never reached', async () => {
      const { page } = await open('desk');
      const email = newEmail();
      await page.goto(formPath(locale));
      system.clock.advance(5000);
      const reached: string[] = [];
      for (let presses = 0; presses < 8; presses++) {
        await page.keyboard.press('Tab');
        const focus = await page.evaluate(() => {
          const { document, getComputedStyle } = globalThis as any;
          const element = document.activeElement;
          const outlined = element.matches('[type="checkbox"]') ? element.closest('label') : element;
          return {
            name: element.name || element.tagName,
            outline: parseFloat(getComputedStyle(outlined).outlineWidth),
          };
        });
        expect(focus.outline).toBeGreaterThanOrEqual(2);
        reached.push(focus.name);
        if (focus.name === 'email') await page.keyboard.type(email);
        if (focus.name === 'choice' && reached.filter(name => name === 'choice').length === 1)
          await page.keyboard.press('Space');
        if (focus.name === 'BUTTON') break;
      }
      expect(reached).toEqual(['A', 'email', 'first_name', 'phone', 'choice', 'choice', 'BUTTON']);
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: say.sent }).waitFor();
      expect(await contactBy(system, email)).toBeDefined();
      await page.context().close();
    });

    it.each(['light', 'dark'] as const)('axe finds nothing to mend in %s colours', async colorScheme => {
      // axe is a script: it needs a page whose policy is lifted.
      system.clock.advance(600_000);
      const context = await browser.newContext({ bypassCSP: true, colorScheme, viewport: sizes.phone });
      const page = await context.newPage();
      const check = async (name: string): Promise<void> => {
        if (shots && colorScheme === 'dark') {
          await page.screenshot({ path: join(shots, `${name}-${locale}-dark.png`), fullPage: true });
        }
        const violations = await axeViolations(page);
        expect({ name, violations }).toEqual({ name, violations: [] });
      };
      const email = newEmail();
      await page.goto(formPath(locale));
      await check('sign-up');
      await page.getByLabel(say.email).fill('mona@');
      await button(page, say.signUp).click();
      await check('sign-up-unfinished');
      await page.getByLabel(say.email).fill(email);
      await page.getByText(say.offers).click();
      await button(page, say.signUp).click();
      await page.getByRole('status').filter({ hasText: say.again }).waitFor();
      await check('sign-up-again');
      system.clock.advance(5000);
      await button(page, say.signUp).click();
      await check('sign-up-sent');
      const link = system.url + linkIn((await mailsTo(system, email))[0]);
      await page.goto(link);
      await check('opt-in');
      await button(page, say.agree).click();
      await check('opted-in');
      await page.goto(link);
      await check('opted-in-already');
      await page.goto(formPath(locale));
      await context.close();
    });
  });

  it('works in a frame and as plain HTML on an allowed site, and in a frame nowhere else', async () => {
    const { page, troubles } = await open('desk');
    const { body } = await system.request('GET', `/v1/forms/${idOf(form)}/embed?locale=en`);
    const here = (html: string): string => html.replaceAll('http://ithn.test', system.url);
    shopPage = `<!doctype html><html lang="en"><title>Shop</title><body>${here(body.html)}${here(body.iframe)}</body></html>`;
    await page.goto(shopUrl);
    const framed = page.frameLocator('iframe');
    system.clock.advance(5000);
    const [first, second] = [newEmail(), newEmail()];
    await framed.getByLabel(words.en.email).fill(first);
    await framed.getByText(words.en.offers).click();
    await framed.getByRole('button', { name: words.en.signUp }).click();
    await framed.getByRole('heading', { name: words.en.sent }).waitFor();
    expect(await contactBy(system, first)).toBeDefined();

    await page.getByLabel(words.en.email).fill(second);
    await page.getByLabel(words.en.offers).check();
    await page.getByRole('button', { name: words.en.signUp }).click();
    await page.getByRole('heading', { name: words.en.sent }).waitFor();
    expect(await contactBy(system, second)).toBeDefined();
    expect(troubles.filter(trouble => !trouble.includes('favicon'))).toEqual([]);

    await page.goto(shopUrl.replace('127.0.0.1', 'localhost'));
    await expect(framed.getByRole('heading').first().waitFor({ timeout: 1500 })).rejects.toThrow('Timeout');
    await page.context().close();
  });

  it('holds names and sentences of any length and direction without breaking', async () => {
    const long = await addSender(system.app, {
      tradingName: 'شركة النخيل العربية للتجارة والتسويق (Nakheel & Sons 2015) ذ.م.م',
    });
    const topic = await addTopic(system.app, long, { en: 'W'.repeat(100) }, { en: 'y'.repeat(500) });
    const odd = await addForm(system, long, [topic], {
      heading: { en: 'H'.repeat(150) },
      incentive: { name: { en: 'g'.repeat(200) }, text: { en: 'c'.repeat(500) }, url: {} },
    });
    const { page } = await open('phone');
    await page.goto(`${system.url}/s/${idOf(odd)}?lang=en`);
    await expectSound(page, 'en', 'sign-up-long');
    await page.goto(`${system.url}/s/${idOf(odd)}?lang=ar`);
    await expectSound(page, 'ar', 'sign-up-long-ar');
    await page.context().close();
  });
});
