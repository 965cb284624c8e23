import { type LinkMarking } from './link-marking.js';
import { aPerson, aRenderContext, section } from '../../../test/factories/template.js';
import { type CompiledTemplate } from './compiled-template.js';
import { readMailFiles } from './mail-files.js';
import { type RenderContext } from './person.js';
import { StaticText } from './text-pieces.js';
import { type TemplateContent } from './template-content.js';
import { TemplateEngine } from './template-engine.js';

const engine = new TemplateEngine(readMailFiles(), () => new Date('2026-11-21T09:00:00Z'));
const compile = (content: TemplateContent): Promise<CompiledTemplate> =>
  engine.compile({ defaultLocale: 'en', content });
const english = (body: string): Promise<CompiledTemplate> => compile({ en: { subject: 'S', mjml: body } });

const marking: LinkMarking = {
  ...{ utm: null, ourPages: 'https://ithn.test' },
  clickUrl: (link, of, destination) => `https://ithn.test/l/${link}.${of}.${encodeURIComponent(destination)}`,
  openUrl: () => 'https://ithn.test/o/x',
};
const tracked = (more: Partial<RenderContext> = {}): RenderContext =>
  aRenderContext({ tracking: { opens: true, links: true }, marking, ...more });
const plain = aRenderContext();

/** Links of ours in a mail: number, how many, where to. */
const clicks = (html: string): [number, number, string][] =>
  [...html.matchAll(/href=["']https:\/\/ithn\.test\/l\/(\d+)\.(\d+)\.([^"']*)["']/g)].map(
    ([, link, of, to]) => [
      ...([Number(link), Number(of), decodeURIComponent(to ?? '').replaceAll('&#39;', "'")] as const),
    ],
  );
const seen = (html: string): [number, number, string][] => clicks(html).filter(([link]) => link > 0);

describe('the links of a mail', () => {
  it('carry the address as a browser reads it, whichever way its author escaped it', async () => {
    const template = await english(
      section(
        '<a href="https://a.example/?a=1&amp;b=2&#38;c=3&copy=4&amp;amp;d#f&eacute;">x</a>' +
          '<a href=\'https://a.example/&#39;q&#x27;\'>x</a><a href=" https://a.example/trim ">x</a>',
      ),
    );
    expect(seen(template.render(aPerson(), tracked()).html)).toEqual([
      [1, 3, 'https://a.example/?a=1&b=2&c=3&copy=4&amp;d#fé'],
      [2, 3, "https://a.example/'q'"],
      [3, 3, 'https://a.example/trim'],
    ]);
  });

  it('carry what Liquid printed into them, in loops and conditions too', async () => {
    const template = await english(
      section(
        '{% for i in (1..2) %}<a href="https://a.example/{{ i }}?n={{ contact.firstName }}">x</a>{% endfor %}' +
          '<a href="{% if contact.country == \'SA\' %}https://sa.example/{% else %}mailto:a@b.example{% endif %}">x</a>' +
          '<a href="{{ contact.attributes.link }}">x</a>',
      ),
    );
    const person = aPerson({ firstName: 'A&B "ت"', attributes: { link: 'https://own.example/?a=1&b=2' } });
    expect(seen(template.render(person, tracked()).html)).toEqual([
      [1, 3, 'https://a.example/1?n=A%26B%20%22%D8%AA%22'],
      [1, 3, 'https://a.example/2?n=A%26B%20%22%D8%AA%22'],
      [2, 3, 'https://sa.example/'],
      [3, 3, 'https://own.example/?a=1&b=2'],
    ]);
    const other = aPerson({ country: 'GB', attributes: { link: 'javascript:alert(1)' } });
    expect(seen(template.render(other, tracked()).html).map(([link]) => link)).toEqual([1, 1]);
    expect(template.render(other, tracked()).html).toContain('href="mailto:a@b.example"');
  });

  it('are numbered by what was written, the same in both languages', async () => {
    const body = (...hrefs: string[]): string =>
      section(hrefs.map(href => `<a href="${href}">x</a>`).join(''));
    const template = await compile({
      en: { subject: 'S', mjml: body('https://a.example/', 'https://b.example/{{ contact.country }}') },
      ar: { subject: 'S', mjml: body('https://b.example/{{ contact.country }}', 'https://c.example/') },
    });
    expect(template.links).toEqual([
      ...['https://b.example/{{ contact.country }}', 'https://c.example/', 'https://a.example/'],
    ]);
    const numbers = (locale: string): number[] =>
      seen(template.render(aPerson({ locale }), tracked()).html).map(([link]) => link);
    expect([numbers('en'), numbers('ar')]).toEqual([
      [3, 1],
      [1, 2],
    ]);
  });

  it('stay as they are where nothing is measured: the mail is the same to the last octet', async () => {
    const template = await english(
      section('<a href="https://a.example/?a=1&amp;b&#39;&copy;">x</a> {{ contact.firstName }}'),
    );
    const today = template.renderPieces(aPerson(), plain);
    const untracked = template.renderPieces(aPerson(), tracked({ tracking: { opens: false, links: false } }));
    expect(untracked).toEqual(today);
    // Piece for piece, so that what is encoded of them once serves both.
    expect(untracked.html.every((piece, at) => piece === today.html[at])).toBe(true);
    expect(today.html.join('')).toContain('href="https://a.example/?a=1&amp;b&#39;&copy;"');
    const opens = template.renderPieces(aPerson(), tracked({ tracking: { opens: true, links: false } }));
    expect(opens.html.join('').replace(/<img [^>]*ithn\.test\/o\/x[^>]*>/, '')).toBe(today.html.join(''));
  });

  it('differ from that in nothing but the addresses, the picture and the hidden link', async () => {
    const template = await english(
      section('<a href="https://a.example/?a=1&amp;b=2">x</a> Hello') +
        '<mj-section><mj-column><mj-button href="https://b.example/">b</mj-button></mj-column></mj-section>',
    );
    const { html, text } = template.render(aPerson(), tracked());
    const restored = html
      .replace(/<a href="[^"]*" aria-hidden="true"[^>]*><\/a>/, '')
      .replace(/<img [^>]*ithn\.test\/o\/x[^>]*>/, '')
      .replace(/https:\/\/ithn\.test\/l\/\d+\.\d+\.([^"]*)/g, (_, to: string) =>
        decodeURIComponent(to).replaceAll('&', '&amp;'),
      );
    expect(restored).toBe(template.render(aPerson(), plain).html);
    expect(text).toBe(template.render(aPerson(), plain).text);
  });

  it('leave what stands around them encoded once for all', async () => {
    const template = await english(section('<a href="https://a.example/">x</a>'));
    const statics = (): StaticText[] =>
      template.renderPieces(aPerson(), tracked()).html.filter(piece => piece instanceof StaticText);
    const [first, second] = [statics(), statics()];
    expect(first.length).toBeGreaterThan(2);
    expect(first.every((piece, at) => piece === second[at])).toBe(true);
  });

  it.each([
    ['{{ unsubscribeUrl }}'],
    ['{{ preferencesUrl }}?lang=ar'],
    ['{{ sender.privacyUrl }}#cookies'],
    ['https://ithn.test/d/token'],
    ['mailto:a@b.example?subject=x'],
    ['tel:+966112345678'],
    ['sms:+966112345678'],
    ['#top'],
    ['https://[bad/'],
    [`https://a.example/${'x'.repeat(1_990)}`],
  ])('to %s are left alone', async href => {
    const template = await english(section(`<a href="${href}">x</a>`));
    const mail = template.render(aPerson(), tracked({ tracking: { opens: false, links: true } }));
    expect(clicks(mail.html)).toEqual([]);
    expect(mail.html).toBe(template.render(aPerson(), plain).html);
  });

  it('are left alone with data-track="off", on MJML’s elements as on <a>', async () => {
    const template = await english(
      section(
        '<a data-track="off" href="https://a.example/">x</a><a data-track="on" href="https://b.example/">x</a>',
      ) +
        '<mj-section><mj-column><mj-button href="https://c.example/" data-track="off" rel="nofollow">x</mj-button>' +
        '<mj-image data-track=\'off\' src="https://p.example/p.png" alt="" href="https://d.example/" />' +
        '<mj-social><mj-social-element data-track="off" name="x" src="https://p.example/p.png" href="https://e.example/" /></mj-social>' +
        '<mj-button data-track="on" href="https://f.example/">x</mj-button></mj-column></mj-section>',
    );
    expect(seen(template.render(aPerson(), tracked()).html).map(([, , to]) => to)).toEqual([
      ...['https://b.example/', 'https://f.example/'],
    ]);
  });

  it('an author has no name for: neither the tag nor the writer can be reached', async () => {
    await expect(english(section('{% link 1 %}https://a.example/{% endlink %}'))).rejects.toMatchObject({
      code: 'TEMPLATE_INVALID',
    });
  });

  it('of the footer are never touched', async () => {
    const template = await english(section('Nothing to press'));
    const { html } = template.render(aPerson(), tracked());
    expect(clicks(html)).toEqual([]);
    expect(html).toContain('href="https://nakheel.example/privacy"');
  });

  it('get the tags of a campaign for everybody, and are measured with them', async () => {
    const utm = { source: 's', medium: 'm', campaign: 'c' };
    const template = await english(
      section('<a href="https://a.example/#f">x</a><a href="{{ preferencesUrl }}">p</a>'),
    );
    const tagged = 'https://a.example/?utm_source=s&utm_medium=m&utm_campaign=c#f';
    const none = { opens: false, links: false };
    const unmeasured = template.render(
      aPerson(),
      aRenderContext({ tracking: none, marking: { ...marking, utm } }),
    );
    expect(unmeasured.html).toContain(`href="${tagged.replaceAll('&', '&amp;')}"`);
    expect(unmeasured.html).not.toMatch(/ithn\.test\/[lo]\//);
    expect(unmeasured.html).toContain(`href="${plain.preferencesUrl}"`);
    expect(seen(template.render(aPerson(), tracked({ marking: { ...marking, utm } })).html)).toEqual([
      [1, 2, tagged],
    ]);
  });
});
