import { join } from 'node:path';
import { type Browser, type Page } from 'playwright-core';
import { type Locale, locales } from '#common';
import { ConsentsService, type Sender, TeamAddressesService, type Topic } from '#consent';
import { type Contact } from '#contacts';
import { type TestApi, testApi } from '../factories/api.js';
import { axeViolations, executablePath, openBrowser, shots } from '../factories/browser.js';
import { addConsent, addContact, linkToken } from '../factories/contact.js';
import { addSender, addTopic } from '../factories/sender.js';

const sizes = { phone: { width: 375, height: 800 }, desk: { width: 1280, height: 900 } };
type Size = keyof typeof sizes;

const words = {
  en: {
    unsubscribe: 'Unsubscribe from Offers',
    all: 'Stop all marketing from Nakheel Market',
    again: 'I want them again',
    welcomeBack: 'You are subscribed again',
    preferences: 'I’d rather choose topic by topic',
    see: 'See everything you are subscribed to',
    email: 'By email',
    sms: 'By text message',
    save: 'Save my choices',
    saved: 'Saved.',
    everything: 'Unsubscribe from everything',
    none: 'Done. No more marketing',
    gone: 'We no longer have your details',
    confirm: 'Yes, it is mine',
    confirmed: 'Confirmed, thank you',
    lost: 'This link does not work',
    other: 'العربية',
    offers: 'Offers',
  },
  ar: {
    unsubscribe: 'إلغاء الاشتراك في العروض',
    all: 'إيقاف كل الرسائل التسويقية من Nakheel Market',
    again: 'أرغب فيها من جديد',
    welcomeBack: 'عاد اشتراكك كما كان',
    preferences: 'اختيار المواضيع واحدًا واحدًا',
    see: 'الاطلاع على كل اشتراكاتك',
    email: 'بالبريد الإلكتروني',
    sms: 'برسالة نصية',
    save: 'حفظ اختياراتي',
    saved: 'حُفظت اختياراتك',
    everything: 'إلغاء الاشتراك في كل شيء',
    none: 'تمّ. لن تصلك رسائل تسويقية',
    gone: 'لم تعد بياناتك لدينا',
    confirm: 'نعم، إنه لي',
    confirmed: 'تمّ التأكيد',
    lost: 'هذا الرابط لا يعمل',
    other: 'English',
    offers: 'العروض',
  },
};

(executablePath ? describe : describe.skip)('the customer pages in a browser', () => {
  let api: TestApi;
  let browser: Browser;
  let sender: Sender;
  let offers: Topic;
  let letter: Topic;

  beforeAll(async () => {
    api = await testApi();
    sender = await addSender(api.app);
    offers = await addTopic(api.app, sender);
    letter = await addTopic(
      api.app,
      sender,
      { en: 'Garden letter', ar: 'رسالة الحديقة' },
      { en: 'What to plant and water this month.', ar: 'ما يُزرع ويُسقى هذا الشهر.' },
    );
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await api.close();
  });

  async function subscriber(locale: Locale): Promise<{ contact: Contact; token: string }> {
    const phone = `+9665${String(10_000_000 + Math.floor(Math.random() * 89_999_999))}`;
    const contact = await addContact(api.app, { locale, phone });
    await addConsent(api.app, contact, offers);
    await addConsent(api.app, contact, letter);
    api.clock.advance(60_000);
    return { contact, token: linkToken(api.app, contact, offers) };
  }

  async function statusOf(contact: Contact, topic: Topic, channel = 'email'): Promise<string> {
    const states = await api.app.get(ConsentsService, { strict: false }).states(contact.id);
    return states.find(state => state.topicId === topic.id && state.channel === channel)?.status ?? 'none';
  }

  /** A browser window in which no page may run a script, watched for anything a page asks for or complains of. */
  async function open(size: Size, locale: Locale = 'en'): Promise<{ page: Page; troubles: string[] }> {
    const context = await browser.newContext({
      viewport: sizes[size],
      javaScriptEnabled: false,
      locale: locale === 'ar' ? 'ar-SA' : 'en-GB',
    });
    const page = await context.newPage();
    const troubles: string[] = [];
    page.on('console', message => troubles.push(message.text()));
    page.on('request', request => {
      if (!request.isNavigationRequest()) troubles.push(`asked for ${request.url()}`);
    });
    return { page, troubles };
  }

  const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

  /** What must hold on every page, whatever it is about. */
  async function expectSound(page: Page, locale: Locale, name: string): Promise<void> {
    if (shots) await page.screenshot({ path: join(shots, `${name}.png`), fullPage: true });
    const facts = await page.evaluate(() => {
      const { document, getComputedStyle } = globalThis as any;
      const root = document.documentElement;
      const seen = (element: any): boolean => element.getClientRects().length > 0;
      const targets = [...document.querySelectorAll('button, a, label')].filter(seen);
      return {
        lang: root.lang,
        dir: root.dir,
        direction: getComputedStyle(document.body).direction,
        overflow: root.scrollWidth - root.clientWidth,
        headings: document.querySelectorAll('h1').length,
        mains: document.querySelectorAll('main').length,
        smallTargets: targets
          .filter(one => one.getBoundingClientRect().height < 44)
          .map(one => one.textContent),
        smallText: [...document.querySelectorAll('body *')]
          .filter(
            one => seen(one) && one.textContent?.trim() && parseFloat(getComputedStyle(one).fontSize) < 16,
          )
          .map(one => one.textContent),
        hasStyle: getComputedStyle(document.querySelector('.card') ?? document.body).borderRadius !== '0px',
        cookies: document.cookie,
      };
    });
    expect(facts).toEqual({
      ...{ lang: locale, dir: locale === 'ar' ? 'rtl' : 'ltr', direction: locale === 'ar' ? 'rtl' : 'ltr' },
      ...{ overflow: 0, headings: 1, mains: 1, smallTargets: [], smallText: [], hasStyle: true, cookies: '' },
    });
    expect(await page.context().cookies()).toEqual([]);
  }

  describe.each(locales)('in %s', locale => {
    const say = words[locale];

    describe.each(['phone', 'desk'] as const)('on a %s', size => {
      const shot = (name: string): string => `${name}-${locale}-${size}`;

      it('a person unsubscribes, changes their mind, and then stops everything', async () => {
        const { contact, token } = await subscriber(locale);
        const { page, troubles } = await open(size);
        await page.goto(`${api.url}/u/${token}`);
        await expectSound(page, locale, shot('unsubscribe'));
        expect(await statusOf(contact, offers)).toBe('granted');

        await button(page, say.unsubscribe).click();
        await expectSound(page, locale, shot('unsubscribed'));
        expect(await statusOf(contact, offers)).toBe('withdrawn');
        expect(await statusOf(contact, letter)).toBe('granted');

        api.clock.advance(1000);
        await button(page, say.again).click();
        await page.getByRole('heading', { name: say.welcomeBack }).waitFor();
        await expectSound(page, locale, shot('resubscribed'));
        expect(await statusOf(contact, offers)).toBe('granted');

        api.clock.advance(1000);
        await page.goto(`${api.url}/u/${token}`);
        await button(page, say.all).click();
        await expectSound(page, locale, shot('unsubscribed-all'));
        expect(await statusOf(contact, letter)).toBe('withdrawn');
        await page.goto(`${api.url}/u/${token}`);
        await expectSound(page, locale, shot('unsubscribe-already'));
        expect(troubles).toEqual([]);
        await page.context().close();
      });

      it('a person chooses topic by topic', async () => {
        const { contact, token } = await subscriber(locale);
        const { page, troubles } = await open(size);
        await page.goto(`${api.url}/u/${token}`);
        await page.getByRole('link', { name: say.preferences }).click();
        await expectSound(page, locale, shot('preferences'));

        const group = page.getByRole('group', { name: say.offers });
        expect(await group.getByLabel(say.email).isChecked()).toBe(true);
        await group.getByText(say.email).click();
        await group.getByText(say.sms).click();
        await button(page, say.save).click();
        await page.getByRole('status').filter({ hasText: say.saved }).waitFor();
        await expectSound(page, locale, shot('preferences-saved'));
        expect(await group.getByLabel(say.email).isChecked()).toBe(false);
        expect(await group.getByLabel(say.sms).isChecked()).toBe(true);
        expect(await statusOf(contact, offers)).toBe('withdrawn');
        expect(await statusOf(contact, offers, 'sms')).toBe('granted');
        expect(await statusOf(contact, letter)).toBe('granted');

        api.clock.advance(1000);
        await button(page, say.everything).click();
        await page.getByRole('heading', { name: say.none }).waitFor();
        expect(await statusOf(contact, offers, 'sms')).toBe('withdrawn');
        expect(await statusOf(contact, letter)).toBe('withdrawn');
        expect(troubles).toEqual([]);
        await page.context().close();
      });

      it('a person whose profile is gone can still stop everything', async () => {
        const { contact, token } = await subscriber(locale);
        await api.database.db.execute('DELETE FROM contact WHERE id = $1', [contact.id]);
        const { page } = await open(size);
        await page.goto(`${api.url}/p/${token}?lang=${locale}`);
        await page.getByRole('heading', { name: say.gone }).waitFor();
        await expectSound(page, locale, shot('gone'));
        await button(page, say.all).click();
        await page.getByRole('heading', { name: say.none }).waitFor();
        expect(await statusOf(contact, letter)).toBe('withdrawn');
        await page.context().close();
      });

      it('a colleague confirms an address', async () => {
        const email = `colleague-${locale}-${size}@example.com`;
        const { token } = await api.app.get(TeamAddressesService, { strict: false }).add(email, 'tests');
        const { page, troubles } = await open(size, locale);
        await page.goto(`${api.url}/v/${token}`);
        await expectSound(page, locale, shot('confirm'));
        await button(page, say.confirm).click();
        await page.getByRole('heading', { name: say.confirmed }).waitFor();
        await expectSound(page, locale, shot('confirmed'));
        expect(troubles).toEqual([]);
        await page.context().close();
      });

      it('a link that was cut off is explained', async () => {
        const { page } = await open(size, locale);
        const answer = await page.goto(`${api.url}/u/half-a-token`);
        expect(answer?.status()).toBe(404);
        await page.getByRole('heading', { name: say.lost }).waitFor();
        await expectSound(page, locale, shot('lost'));
        await page.context().close();
      });
    });

    it('everything can be done with the keyboard alone, and the focus is seen', async () => {
      const { contact, token } = await subscriber(locale);
      const { page } = await open('desk');
      await page.goto(`${api.url}/u/${token}`);
      const focused = async (): Promise<{ text: string; outline: number }> =>
        page.evaluate(() => {
          const { document, getComputedStyle } = globalThis as any;
          const element = document.activeElement;
          const outlined = element.matches('input') ? (element.closest('label') ?? element) : element;
          const name = element.closest('fieldset')?.querySelector('legend')?.textContent ?? '';
          return {
            text: `${name} ${(element.closest('label') ?? element).textContent}`.replace(/\s+/g, ' ').trim(),
            outline: parseFloat(getComputedStyle(outlined).outlineWidth),
          };
        });
      const tabTo = async (text: string): Promise<void> => {
        for (let presses = 0; presses < 25; presses++) {
          await page.keyboard.press('Tab');
          const now = await focused();
          expect(now.outline).toBeGreaterThanOrEqual(2);
          if (now.text === text) return;
        }
        throw new Error(`The keyboard does not reach "${text}".`);
      };
      await tabTo(say.unsubscribe);
      if (shots) await page.screenshot({ path: join(shots, `focus-${locale}.png`) });
      await page.keyboard.press('Enter');
      await page.getByRole('link', { name: say.see }).waitFor();
      expect(await statusOf(contact, offers)).toBe('withdrawn');
      api.clock.advance(1000);
      await tabTo(say.see);
      await page.keyboard.press('Enter');
      await button(page, say.save).waitFor();
      await tabTo(`${say.offers} ${say.email}`);
      await page.keyboard.press('Space');
      if (shots) await page.screenshot({ path: join(shots, `focus-box-${locale}.png`) });
      await tabTo(say.save);
      await page.keyboard.press('Enter');
      await page.getByRole('status').waitFor();
      expect(await statusOf(contact, offers)).toBe('granted');
      await page.context().close();
    });

    it.each(['light', 'dark'] as const)('axe finds nothing to mend in %s colours', async colorScheme => {
      const { contact, token } = await subscriber(locale);
      const gone = await subscriber(locale);
      await api.database.db.execute('DELETE FROM contact WHERE id = $1', [gone.contact.id]);
      const { token: teamToken } = await api.app
        .get(TeamAddressesService, { strict: false })
        .add(`axe-${locale}-${colorScheme}@example.com`, 'tests');
      // axe is a script: it needs a page whose policy is lifted.
      const context = await browser.newContext({ bypassCSP: true, colorScheme, viewport: sizes.phone });
      const page = await context.newPage();
      const check = async (name: string): Promise<void> => {
        if (shots && colorScheme === 'dark') {
          await page.screenshot({ path: join(shots, `${name}-${locale}-dark.png`), fullPage: true });
        }
        const violations = await axeViolations(page);
        expect({ name, violations }).toEqual({ name, violations: [] });
      };
      const lang = `?lang=${locale}`;
      await page.goto(`${api.url}/u/${token}${lang}`);
      await check('unsubscribe');
      await button(page, say.unsubscribe).click();
      await check('unsubscribed');
      await page.goto(`${api.url}/p/${token}${lang}`);
      await check('preferences');
      await button(page, say.save).click();
      await check('saved');
      await page.goto(`${api.url}/p/${gone.token}${lang}`);
      await check('gone');
      await page.goto(`${api.url}/v/${teamToken}${lang}`);
      await check('confirm');
      await page.goto(`${api.url}/u/x${lang}`);
      await check('lost');
      expect(await statusOf(contact, letter)).toBe('granted');
      await context.close();
    });
  });

  it('switch the language by a link, in both directions', async () => {
    const { token } = await subscriber('ar');
    const { page } = await open('phone');
    await page.goto(`${api.url}/p/${token}`);
    await page.getByRole('link', { name: words.ar.other }).click();
    await button(page, words.en.save).click();
    await page.getByRole('status').waitFor();
    await expectSound(page, 'en', 'switched');
    await page.getByRole('link', { name: words.en.other }).click();
    await button(page, words.ar.save).waitFor();
    await page.context().close();
  });

  it('hold names of any length and direction without breaking', async () => {
    const long = await addSender(api.app, {
      tradingName: 'شركة النخيل العربية للتجارة والتسويق (Nakheel & Sons 2015) ذ.م.م',
      registeredAddress: 'x'.repeat(300),
      contactEmail: `${'a'.repeat(60)}@${'b'.repeat(60)}.example`,
    });
    const topic = await addTopic(api.app, long, { en: 'W'.repeat(100) }, { en: 'y'.repeat(500) });
    const contact = await addContact(api.app, { locale: 'en' });
    const { page } = await open('phone');
    for (const path of ['u', 'p']) {
      await page.goto(`${api.url}/${path}/${linkToken(api.app, contact, topic)}`);
      await expectSound(page, 'en', `long-${path}`);
    }
    await page.context().close();
  });
});
