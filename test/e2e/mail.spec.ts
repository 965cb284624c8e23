import { join } from 'node:path';
import { type Browser, type Page } from 'playwright-core';
import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { locales } from '#common';
import { ReadyMadeSequences } from '#sequences';
import { type TemplateContent, TemplatesService } from '#templates';
import { type TestApi, testApi } from '../factories/api.js';
import { executablePath, openBrowser, shots } from '../factories/browser.js';
import { aPerson, aRenderContext, mjml, section } from '../factories/template.js';

const widths = [375, 600];

/** One mail of each ready-made sequence; of after-sales the one with the FAQ as well. */
const mailsOfSequences = [
  ...([
    ['abandoned-cart', 'help'],
    ['after-sales', 'thanks'],
    ['after-sales', 'support'],
    ['aida-launch', 'interest'],
  ] as const),
  ...([
    ['birthday', 'wishes'],
    ['replenishment', 'running-low'],
    ['welcome', 'about'],
    ['win-back', 'greeting'],
  ] as const),
] as const;

/** Without a browser these tests cannot say anything; the run's last lines name what was absent. */
const inABrowser = executablePath ? describe : describe.skip;

inABrowser('a mail in a browser', () => {
  let api: TestApi;
  let browser: Browser;
  let page: Page;
  let names = 0;
  beforeAll(async () => {
    api = await testApi();
    browser = await openBrowser();
    page = await browser.newPage();
  });
  afterAll(async () => {
    await browser.close();
    await api.close();
  });

  /** As it is installed, with words of a product where it is about one. */
  function contentOf(key: string, mail: string): TemplateContent {
    const { templates: mails } = api.app.get(ReadyMadeSequences, { strict: false }).get(key);
    const content = mails.get(mail)?.content ?? {};
    const filled = JSON.stringify(content).replace(/\[\[product\.(\w+)\]\]/g, (_, word: string) =>
      word === 'url' ? 'https://shop.example/lamp' : 'The lamp',
    );
    return JSON.parse(filled) as TemplateContent;
  }

  const templates = (app: NestFastifyApplication): TemplatesService =>
    app.get(TemplatesService, { strict: false });

  async function show(content: TemplateContent, locale: 'ar' | 'en', width: number): Promise<void> {
    const wording = { defaultLocale: locale, content };
    const { version } = await templates(api.app).create(`Mail ${++names}`, 'email', wording, 'tests');
    const template = await templates(api.app).compile(version.id);
    const firstName = locale === 'ar' ? 'ليلى' : 'Sarah';
    await page.setViewportSize({ width, height: 900 });
    await page.setContent(template.render(aPerson({ locale, firstName }), aRenderContext()).html);
  }

  /** Whether a person sees each text of the footer: painted on top, of readable size. */
  const hidden = (): Promise<string[]> =>
    page.evaluate(() => {
      const { document, getComputedStyle, innerWidth, NodeFilter } = globalThis as any;
      const footer = document.body.querySelector(':scope > div[role=contentinfo]:last-of-type');
      if (!footer) return ['there is no footer'];
      const problems: string[] = [];
      const walker = document.createTreeWalker(footer, NodeFilter.SHOW_TEXT);
      let texts = 0;
      while (walker.nextNode()) {
        const node = walker.currentNode;
        const parent = node.parentElement;
        const text = node.textContent?.trim() ?? '';
        if (!parent || text.length < 2) continue;
        texts++;
        parent.scrollIntoView({ block: 'center' });
        const range = document.createRange();
        range.selectNodeContents(node);
        const box = range.getBoundingClientRect();
        const style = getComputedStyle(parent);
        const onTop = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
        if (box.width < 5 || box.height < 8 || parseFloat(style.fontSize) < 11)
          problems.push(`too small: ${text}`);
        if (style.visibility !== 'visible' || style.opacity !== '1') problems.push(`invisible: ${text}`);
        if (box.left < 0 || box.right > innerWidth + 1) problems.push(`outside: ${text}`);
        if (!onTop || !footer.contains(onTop)) problems.push(`covered: ${text}`);
      }
      if (texts < 8) problems.push(`only ${texts} texts`);
      return problems;
    });

  /** Texts with less contrast than WCAG 2.2 asks for (1.4.3: 4.5 to 1, large text 3 to 1). */
  const pale = (): Promise<string[]> =>
    page.evaluate(() => {
      const { document, getComputedStyle, NodeFilter } = globalThis as any;
      const channels = (color: string): number[] => (color.match(/[\d.]+/g) ?? []).map(Number);
      const luminance = (color: string): number => {
        const [r = 0, g = 0, b = 0] = channels(color).map(value => {
          const share = value / 255;
          return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const paper = (element: any): string => {
        const color = element ? getComputedStyle(element).backgroundColor : 'rgb(255, 255, 255)';
        return channels(color)[3] === 0 ? paper(element.parentElement) : color;
      };
      const problems: string[] = [];
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      while (walker.nextNode()) {
        const text = walker.currentNode.textContent.trim();
        const parent = walker.currentNode.parentElement;
        const style = getComputedStyle(parent);
        if (text.length < 2 || parent.getClientRects().length === 0 || parseFloat(style.fontSize) < 2)
          continue;
        const [high = 0, low = 0] = [luminance(style.color), luminance(paper(parent))].sort((a, b) => b - a);
        const ratio = (high + 0.05) / (low + 0.05);
        if (ratio < (parseFloat(style.fontSize) >= 24 ? 3 : 4.5))
          problems.push(`${ratio.toFixed(1)}: ${text}`);
      }
      return problems;
    });

  it.each([
    ...['newsletter', 'offer', 'announcement', 'welcome'].map(
      key => [`the starter "${key}"`, key, null] as const,
    ),
    ...mailsOfSequences.map(([key, mail]) => [`"${mail}" of the sequence "${key}"`, key, mail] as const),
  ])('made from %s fits a phone and a desk in both languages', async (_, key, mail) => {
    const content = mail === null ? templates(api.app).starter(key).content : contentOf(key, mail);
    for (const locale of locales) {
      for (const width of widths) {
        await show(content, locale, width);
        const seen = await page.evaluate(() => {
          const { document, getComputedStyle, innerWidth } = globalThis as any;
          return {
            direction: getComputedStyle(document.body).direction as string,
            align: getComputedStyle(document.querySelector('h1')).textAlign as string,
            overflow: document.documentElement.scrollWidth > innerWidth,
          };
        });
        expect(seen).toMatchObject({ direction: locale === 'ar' ? 'rtl' : 'ltr', overflow: false });
        expect(seen.align).toBe(locale === 'ar' ? 'right' : 'left');
        expect(await hidden()).toEqual([]);
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.emulateMedia({ colorScheme });
          expect(await pale()).toEqual([]);
        }
        await page.emulateMedia({ colorScheme: 'light' });
        if (shots) {
          await page.screenshot({
            path: join(shots, `mail-${key}${mail === null ? '' : `-${mail}`}-${locale}-${width}.png`),
            fullPage: true,
          });
        }
      }
    }
  });

  it('puts the columns of an Arabic mail from right to left', async () => {
    const columns =
      '<mj-section><mj-column><mj-text>أول</mj-text></mj-column><mj-column><mj-text>ثان</mj-text></mj-column></mj-section>';
    await show({ ar: { subject: 'س', mjml: columns } }, 'ar', 600);
    const [first, second] = await page
      .locator('div[class^=mj-column]', { hasText: /أول|ثان/ })
      .evaluateAll(found => found.map(column => (column as any).getBoundingClientRect().left as number));
    expect(first).toBeGreaterThan(second as number);
  });

  it.each([
    [
      'a rule that makes links tiny and pale',
      mjml(
        '<mj-style>a { font-size: 0 !important; color: #f1ede5 !important; line-height: 0 !important; background-color: #3d3a35 !important }</mj-style>',
        section('x'),
      ),
    ],
    [
      'content that is pulled over it',
      mjml(
        '<mj-style>.x { margin-bottom: -900px !important; z-index: 9999; position: relative; background: #fff }</mj-style>',
        section('<div class="x" style="height:900px;background:#fff">x</div>'),
      ),
    ],
    [
      'content that is moved over it',
      section('<div style="transform:translateY(200px) scale(9);background:#fff;height:400px">x</div>'),
    ],
    [
      'content that floats beside it',
      section('<div style="float:left;width:100%;height:900px;margin-bottom:-900px;background:#fff">x</div>'),
    ],
    [
      'a class of the body',
      '<mjml><mj-head><mj-style>.b { display: none !important; height: 0 !important; overflow: hidden !important; opacity: 0 !important }</mj-style></mj-head><mj-body css-class="b"><mj-section><mj-column><mj-text>x</mj-text></mj-column></mj-section></mj-body></mjml>',
    ],
    [
      'pictures of the height of a house',
      '<mj-section><mj-column><mj-spacer height="20000px" /></mj-column></mj-section>',
    ],
  ])('shows its footer in spite of %s', async (_, body) => {
    await show({ en: { subject: 's', mjml: body } }, 'en', 600);
    expect(await hidden()).toEqual([]);
    expect(await pale()).toEqual([]);
  });
});
