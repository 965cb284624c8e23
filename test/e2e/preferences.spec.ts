import { join } from 'node:path';
import { type Browser, type BrowserContext, type Page } from 'playwright-core';
import { type Locale, locales } from '#common';
import { type Sender, SendersService, SuppressionsService, type Topic } from '#consent';
import { type Contact } from '#contacts';
import { type TestApi, testApi } from '../factories/api.js';
import { axeViolations, executablePath, openBrowser, shots } from '../factories/browser.js';
import { addConsent, addContact, linkToken } from '../factories/contact.js';
import { addSender, addTopic } from '../factories/sender.js';

const sizes = { phone: { width: 375, height: 800 }, desk: { width: 1280, height: 900 } };
type Size = keyof typeof sizes;

const words = {
  en: {
    offers: 'Offers',
    letter: 'Garden letter',
    care: 'Plant care',
    opens: 'Whether I open messages',
    email: 'By email',
    sms: 'By text message',
    inEmails: 'In emails',
    weekly: 'At most one a week',
    other: 'العربية',
    save: 'Save my choices',
    saved: 'Saved.',
    blocked: 'are blocked',
    pause: 'Pause for 30 days',
    paused: 'rest until',
    resume: 'End the pause',
    everything: 'Unsubscribe from everything',
    none: 'Done. No more marketing',
    held: 'What we hold about you',
    download: 'Download it as a file',
    erase: 'Erase my data',
    yesErase: 'Yes, erase my data',
    erased: 'Your data is erased',
    gone: 'We no longer have your details',
  },
  ar: {
    offers: 'العروض',
    letter: 'رسالة الحديقة',
    care: 'العناية بالنباتات',
    opens: 'هل أفتح الرسائل',
    email: 'بالبريد الإلكتروني',
    sms: 'برسالة نصية',
    inEmails: 'في الرسائل البريدية',
    weekly: 'رسالة في الأسبوع على الأكثر',
    other: 'English',
    save: 'حفظ اختياراتي',
    saved: 'حُفظت اختياراتك',
    blocked: 'محجوبة',
    pause: 'التوقف 30 يومًا',
    paused: 'حتى',
    resume: 'إنهاء التوقف',
    everything: 'إلغاء الاشتراك في كل شيء',
    none: 'تمّ. لن تصلك رسائل تسويقية',
    held: 'ما نحتفظ به عنك',
    download: 'تنزيلها في ملف',
    erase: 'محو بياناتي',
    yesErase: 'نعم، محو بياناتي',
    erased: 'مُحيت بياناتك',
    gone: 'لم تعد بياناتك لدينا',
  },
};

(executablePath ? describe : describe.skip)('the preference pages in a browser', () => {
  let api: TestApi;
  let browser: Browser;
  let sender: Sender;
  let american: Sender;
  let offers: Topic;
  let letter: Topic;

  beforeAll(async () => {
    api = await testApi();
    sender = await addSender(api.app);
    american = await addSender(api.app, { country: 'US', tradingName: 'Desert Bloom' });
    offers = await addTopic(api.app, sender);
    letter = await addTopic(
      api.app,
      sender,
      { en: 'Garden letter', ar: 'رسالة الحديقة' },
      { en: 'What to plant and water this month.', ar: 'ما يُزرع ويُسقى هذا الشهر.' },
    );
    const senders = api.app.get(SendersService, { strict: false });
    const careText = {
      en: 'How to look after what you bought, twice after each order.',
      ar: 'كيفية العناية بما اشتريته، مرتين بعد كل طلب.',
    };
    const careName = { en: 'Plant care', ar: 'العناية بالنباتات' };
    await senders.createTopic(sender.id, 'care', careName, careText, 'tests', 'service');
    const always = [
      ['receipts', { en: 'Receipts', ar: 'الإيصالات' }],
      ['delivery', { en: 'Delivery notices', ar: 'إشعارات التوصيل' }],
    ] as const;
    for (const [key, name] of always) {
      await senders.createTopic(sender.id, key, name, {}, 'tests', 'transactional');
    }
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await api.close();
  });

  let people = 0;
  async function subscriber(locale: Locale): Promise<{ contact: Contact; token: string }> {
    const contact = await addContact(api.app, {
      ...{ locale, email: `layla.${++people}@example.com`, phone: `+96655${String(1_000_000 + people)}` },
      ...(locale === 'ar'
        ? { firstName: 'ليلى', lastName: 'حدّاد' }
        : { firstName: 'Layla', lastName: 'Haddad' }),
      ...{ country: 'SA', timeZone: 'Asia/Riyadh' },
    });
    await addConsent(api.app, contact, offers);
    await addConsent(api.app, contact, letter);
    api.clock.advance(60_000);
    return { contact, token: linkToken(api.app, contact, offers) };
  }

  const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

  /** axe is a script, so its page has its policy lifted; the pages themselves are used without scripts elsewhere. */
  async function checker(
    size: Size,
    colorScheme: 'light' | 'dark' = 'light',
  ): Promise<{
    context: BrowserContext;
    page: Page;
    check: (name: string, locale: Locale) => Promise<void>;
  }> {
    const context = await browser.newContext({ bypassCSP: true, colorScheme, viewport: sizes[size] });
    const page = await context.newPage();
    const check = async (name: string, locale: Locale): Promise<void> => {
      const shot = `${name}-${locale}-${size}${colorScheme === 'dark' ? '-dark' : ''}`;
      if (shots) await page.screenshot({ path: join(shots, `${shot}.png`), fullPage: true });
      const violations = await axeViolations(page);
      const facts = await page.evaluate(() => {
        const { document, getComputedStyle } = globalThis as any;
        const root = document.documentElement;
        const seen = (element: any): boolean => element.getClientRects().length > 0;
        return {
          lang: root.lang,
          direction: getComputedStyle(document.body).direction,
          overflow: root.scrollWidth - root.clientWidth,
          headings: document.querySelectorAll('h1').length,
          smallTargets: [...document.querySelectorAll('button, a, label, summary')]
            .filter(one => seen(one) && one.getBoundingClientRect().height < 44)
            .map(one => one.textContent),
          smallText: [...document.querySelectorAll('body *')]
            .filter(
              one => seen(one) && one.textContent?.trim() && parseFloat(getComputedStyle(one).fontSize) < 16,
            )
            .map(one => one.textContent),
          cookies: document.cookie,
        };
      });
      expect({ name, violations, ...facts }).toEqual({
        ...{ name, violations: [], lang: locale, direction: locale === 'ar' ? 'rtl' : 'ltr' },
        ...{ overflow: 0, headings: 1, smallTargets: [], smallText: [], cookies: '' },
      });
      expect(await context.cookies()).toEqual([]);
    };
    return { context, page, check };
  }

  describe.each(locales)('in %s', locale => {
    const say = words[locale];

    it.each([
      ['phone', 'light'],
      ['desk', 'light'],
      ['phone', 'dark'],
    ] as const)('every state is sound and beautiful on a %s in %s colours', async (size, colours) => {
      const { context, page, check } = await checker(size, colours);
      const { contact, token } = await subscriber(locale);
      const lang = `?lang=${locale}`;
      await page.goto(`${api.url}/p/${token}${lang}`);
      await check('preferences', locale);

      await page.getByRole('group', { name: say.offers }).getByText(say.sms).click();
      await page.getByRole('group', { name: say.care }).getByText(say.email).click();
      await page.getByRole('group', { name: say.opens }).getByText(say.inEmails).click();
      await page.getByText(say.weekly).click();
      await button(page, say.save).click();
      await page.getByRole('status').filter({ hasText: say.saved }).waitFor();
      await check('preferences-saved', locale);

      await button(page, say.pause).click();
      await page.getByRole('status').filter({ hasText: say.paused }).waitFor();
      await check('preferences-paused', locale);
      await button(page, say.resume).click();
      await page.getByRole('status').waitFor();
      await check('preferences-resumed', locale);

      const suppressions = api.app.get(SuppressionsService, { strict: false });
      await suppressions.add('email', contact.email!, null, 'hard_bounce', 'tests');
      await suppressions.add('sms', contact.phone!, null, 'complaint', 'tests');
      api.clock.advance(1000);
      await page.getByRole('group', { name: say.letter }).getByText(say.sms).click();
      await button(page, say.save).click();
      await page.getByRole('heading', { name: say.blocked }).first().waitFor();
      await check('preferences-blocked', locale);

      await page.getByRole('link', { name: say.held }).click();
      await page.getByRole('heading', { name: say.held, level: 1 }).waitFor();
      await check('held', locale);
      for (const summary of await page.locator('summary').all()) await summary.click();
      await check('held-open', locale);

      await page.goto(`${api.url}/e/${token}${lang}`);
      await check('erase', locale);
      await button(page, say.yesErase).click();
      await page.getByRole('heading', { name: say.erased }).waitFor();
      await check('erased', locale);
      for (const path of ['p', 'd', 'e']) {
        await page.goto(`${api.url}/${path}/${token}${lang}`);
        await page.getByRole('heading', { name: say.gone }).waitFor();
      }
      await check('gone', locale);
      await context.close();
    });

    it.each(['phone', 'desk'] as const)('of somebody measured unasked, on a %s', async size => {
      const topic = await addTopic(api.app, american);
      const contact = await addContact(api.app, { locale, country: 'US' });
      await addConsent(api.app, contact, topic);
      const { context, page, check } = await checker(size);
      await page.goto(`${api.url}/p/${linkToken(api.app, contact, topic)}?lang=${locale}`);
      await page.getByText('Desert Bloom').first().waitFor();
      await check('preferences-unasked', locale);
      await context.close();
    });

    it('a person does all of it without a script, from the keyboard or by touch, and another language is a choice', async () => {
      const { token } = await subscriber(locale);
      const context = await browser.newContext({ viewport: sizes.phone, javaScriptEnabled: false });
      const page = await context.newPage();
      await page.goto(`${api.url}/p/${token}`);
      await page.getByRole('group').getByText(say.other, { exact: true }).click();
      await button(page, say.save).click();
      const other = words[locale === 'ar' ? 'en' : 'ar'];
      await page.getByRole('status').filter({ hasText: other.saved }).waitFor();
      await button(page, other.everything).click();
      await page.getByRole('heading', { name: other.none }).waitFor();
      await page.goto(`${api.url}/d/${token}`);
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        button(page, other.download).click(),
      ]);
      expect(download.suggestedFilename()).toMatch(/\.json$/);
      await page.getByRole('link', { name: other.erase }).click();
      await button(page, other.yesErase).click();
      await page.getByRole('heading', { name: other.erased }).waitFor();
      await context.close();
    });
  });
});
