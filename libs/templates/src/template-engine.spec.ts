import fc from 'fast-check';
import { DomainError } from '#common';
import { aPerson, aRenderContext, englishContent, mjml, section } from '../../../test/factories/template.js';
import { readMailFiles } from './mail-files.js';
import { readStarters } from './starters.js';
import { missingParts, type TemplateContent } from './template-content.js';
import { TemplateEngine } from './template-engine.js';

const files = readMailFiles();
const engine = new TemplateEngine(files, () => new Date('2026-11-21T09:00:00Z'));
const context = aRenderContext();

async function faults(body: string): Promise<{ path: string; code: string; message: string }[]> {
  try {
    await engine.check({ defaultLocale: 'en', content: englishContent(body) });
    return [];
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    expect(error.code).toBe('TEMPLATE_INVALID');
    return error.details;
  }
}

async function rendered(body: string, person = aPerson(), subject = 'Hello') {
  const template = await engine.compile({ defaultLocale: 'en', content: englishContent(body, subject) });
  return template.render(person, context);
}

describe('a template', () => {
  it('renders a person in subject, HTML and text, escaped where markup is', async () => {
    const person = aPerson({ firstName: 'Tom & <Jerry>' });
    const mail = await rendered(
      section('Dear {{ contact.firstName }}'),
      person,
      'For {{ contact.firstName }}',
    );
    expect(mail).toMatchObject({ locale: 'en', dir: 'ltr', subject: 'For Tom & <Jerry>' });
    expect(mail.html).toContain('Dear Tom &amp; &lt;Jerry&gt;');
    expect(mail.html).toContain('<title>For Tom &amp; &lt;Jerry&gt;</title>');
    expect(mail.text).toContain('Dear Tom & <Jerry>');
  });

  it('shows nothing, or the default, for what is unknown', async () => {
    const body = section('[{{ contact.attributes.city }}][{{ contact.firstName | default: "friend" }}]');
    const mail = await rendered(body, aPerson({ firstName: null }));
    expect(mail.html).toContain('[][friend]');
    expect(mail.html).not.toContain('undefined');
  });

  it('reaches nothing of JavaScript behind a value', async () => {
    const body = section(
      '[{{ contact.constructor }}{{ contact.__proto__ }}{{ contact.attributes.constructor.name }}{{ __proto__ }}{{ contact.firstName.constructor }}]',
    );
    expect((await rendered(body)).html).toContain('[]');
  });

  it('knows the sender, the campaign and the links', async () => {
    const body = section(
      '{{ sender.tradingName }}, {{ campaign.name }}, <a href="{{ unsubscribeUrl }}">out</a> <a href="{{ preferencesUrl }}">choose</a>',
    );
    const { html } = await rendered(body);
    expect(html).toContain('Nakheel Market, Autumn');
    expect(html).toContain('<a href="https://ithn.test/u/token">out</a>');
  });

  it('puts a link of a contact into href only when it is one', async () => {
    const body = section('<a href="{{ contact.attributes.link }}">x</a>');
    const to = (link: string) => rendered(body, aPerson({ attributes: { link } }));
    expect((await to('https://shop.example/?a=1&b="2"')).html).toContain(
      'href="https://shop.example/?a=1&amp;b=%222%22"',
    );
    expect((await to('javascript:alert(1)')).html).toContain('<a href="#">x</a>');
  });

  it('lets conditions and loops stand between sections, columns and texts', async () => {
    const body =
      `{% if contact.country == 'SA' %}${section('Riyadh')}{% else %}${section('Elsewhere')}{% endif %}` +
      `{% for i in (1..2) %}${section('Part {{ i }}')}{% endfor %}`;
    const { html, text } = await rendered(body);
    expect(html).toContain('Riyadh');
    expect(html).not.toContain('Elsewhere');
    expect(html.match(/Part \d/g)).toEqual(['Part 1', 'Part 2']);
    expect(text).toMatch(/Riyadh\s+Part 1\s+Part 2/);
  });

  it('keeps links in the text it derives, and leaves the preheader out of it', async () => {
    const { text } = await rendered(section('<h1>News</h1><a href="https://shop.example/a">Look</a>'));
    expect(text).toContain('News');
    expect(text).toContain('Look <https://shop.example/a>');
    expect(text).not.toContain('A few words before');
  });

  it('uses the text an author gave, and adds the footer to it too', async () => {
    const content: TemplateContent = {
      en: { subject: 'S', mjml: section('HTML'), text: 'Dear {{ contact.firstName }},\r\n\n\n\n\nbye\u202E' },
    };
    const template = await engine.compile({ defaultLocale: 'en', content });
    const { text } = template.render(aPerson(), context);
    expect(text).toMatch(
      /^Dear Omar,\n\nbye\n\n-{10,}\n\nThis is a marketing message from Nakheel Market\.\nYou agreed to “Offers”/,
    );
  });

  it('is put into a layout with partials, or stands by itself', async () => {
    const inLayout = await rendered(
      `{% layout 'plain', accent: '#123456' %}<mj-section><mj-column>{% render 'button', label: 'Go & see', href: sender.website %}</mj-column></mj-section>`,
    );
    expect(inLayout.html).toContain('background:#123456');
    expect(inLayout.html).toContain('Go &amp; see');
    expect(inLayout.html).toContain('href="https://nakheel.example"');
    const alone = await rendered(mjml('<mj-title>Mine</mj-title>', section('x')));
    expect(alone.html).toContain('<title>Mine</title>');
    expect(alone.html).not.toContain('color-scheme');
  });

  it('prints the day a mail is rendered on by the clock it was given', async () => {
    expect((await rendered(section("{{ 'now' | date: '%Y-%m-%d' }}"))).html).toContain('2026-11-21');
  });
});

describe('a subject', () => {
  it('holds no line break, control character or direction override, whoever wrote them', async () => {
    const person = aPerson({ firstName: 'Eve\r\nBcc: all@example.com\u0000\u202E' });
    const { subject } = await rendered(section('x'), person, 'Hi\r\n {{ contact.firstName }}\u2067!');
    expect(subject).toBe('Hi Eve Bcc: all@example.com!');
  });

  it('stays one clean line for any person', async () => {
    const subject = '{{ contact.firstName }} {{ contact.attributes.x }}';
    const template = await engine.compile({
      defaultLocale: 'en',
      content: englishContent(section('x'), subject),
    });
    const any = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(any, any, (firstName, x) => {
        const mail = template.render(aPerson({ firstName, attributes: { x } }), context);
        // eslint-disable-next-line no-control-regex -- they must not be there
        expect(mail.subject).not.toMatch(/[\x00-\x1F\x7F-\x9F\u2028\u2029\u202A-\u202E]/);
        expect(mail.subject.length).toBeLessThanOrEqual(500);
      }),
    );
  });
});

describe('an Arabic variant', () => {
  const content: TemplateContent = {
    en: { subject: 'Hello {{ contact.firstName }}', mjml: section('Hello') },
    ar: {
      subject: 'مرحبًا {{ contact.firstName }}',
      mjml: mjml(
        '',
        '<mj-section><mj-column><mj-text>مرحبًا {{ contact.firstName }}، {{ contact.phone }}</mj-text></mj-column>' +
          '<mj-column padding-start="7px"><mj-text align="end">ثانيًا</mj-text></mj-column></mj-section>',
      ),
    },
  };

  it('is chosen by the language of the person, and runs from right to left everywhere', async () => {
    const template = await engine.compile({ defaultLocale: 'en', content });
    const { html, ...mail } = template.render(aPerson({ locale: 'ar-EG' }), context);
    expect(mail).toMatchObject({ locale: 'ar', dir: 'rtl', subject: 'مرحبًا \u2066Omar\u2069' });
    expect(html).toMatch(/<html [^>]*lang="ar" dir="rtl"/);
    expect(html).toMatch(/<body lang="ar" dir="rtl"/);
    expect(html.match(/<div lang="ar" dir="rtl"\s+class="mj-column-per-50/g)).toHaveLength(2);
    expect(html.replace(/<table(?=[^>]*\sdir="rtl")/g, '')).not.toContain('<table');
    expect(html).not.toMatch(/direction:ltr|text-align:left;direction/);
    expect(html).toContain('<bdi dir="ltr">Omar</bdi>، <bdi dir="ltr">+966501234567</bdi>');
    expect(html).toContain('padding-right:7px');
    expect(html).toMatch(/text-align:left[^>]*>ثانيًا/);
  });

  it('isolates nothing that runs its own way', async () => {
    const template = await engine.compile({ defaultLocale: 'en', content });
    const { html } = template.render(aPerson({ locale: 'ar', firstName: 'ليلى' }), context);
    expect(html).toContain('مرحبًا ليلى، ');
  });

  it("comes with a footer in the contact's language, also when the variant is another", async () => {
    const template = await engine.compile({ defaultLocale: 'en', content: { en: content.en } });
    const mail = template.render(aPerson({ locale: 'ar' }), context);
    expect(mail.locale).toBe('en');
    expect(mail.html).toContain('<div role="contentinfo" lang="ar" dir="rtl"');
    expect(mail.text).toContain('إلغاء الاشتراك');
  });
});

describe('what is wrong with a template', () => {
  it.each([
    ['an unclosed tag', `\n\n${section('\n{% if contact.firstName %}')}`, 'en.mjml:4', 'LIQUID_INVALID'],
    ['an unclosed output', `\n\n${section('\n{{ contact.firstName ')}`, 'en.mjml:4', 'LIQUID_INVALID'],
    ['an unknown filter', `\n${section('\n{{ contact.firstName | shout }}')}`, 'en.mjml:3', 'FILTER_UNKNOWN'],
    ['the raw filter', section('{{ contact.firstName | raw }}'), 'en.mjml:1', 'FILTER_UNKNOWN'],
    ['an unknown tag', section('{% paginate %}'), 'en.mjml:1', 'TAG_UNKNOWN'],
    ['capture', section('{% capture x %}<b>{% endcapture %}'), 'en.mjml:1', 'TAG_UNKNOWN'],
    ['a file of ours', section("{% include '../../package.json' %}"), 'en.mjml:1', 'TAG_UNKNOWN'],
    ['a partial by a path', `\n{% render '../../package.json' %}`, 'en.mjml:2', 'PARTIAL_UNKNOWN'],
    ['a layout by a path', "{% layout '../../../package' %}", 'en.mjml:1', 'LAYOUT_UNKNOWN'],
    ['mj-include', '\n\n<mj-include path="/etc/passwd" />', 'en.mjml:3', 'INCLUDE_BLOCKED'],
    [
      'mj-include of CSS',
      mjml('<mj-include path="/etc/passwd" type="css" />', section('x')),
      'en.mjml:1',
      'INCLUDE_BLOCKED',
    ],
    [
      'an element MJML does not know',
      '<mj-section>\n<mj-column>\n<mj-nope />\n</mj-column></mj-section>',
      'en.mjml:3',
      'MJML_INVALID',
    ],
    [
      'an attribute MJML does not know',
      '<mj-section>\n<mj-column foo="1"></mj-column></mj-section>',
      'en.mjml:2',
      'MJML_INVALID',
    ],
    ['an element left open', section('\n<b>x'), 'en.mjml:2', 'TAG_NOT_OPEN'],
    ['text between elements', '<mj-section>\nhello</mj-section>', 'en.mjml:2', 'TEXT_OUTSIDE'],
    ['a script', section('<script>alert(1)</script>'), 'en.mjml:1', 'ELEMENT_BLOCKED'],
    ['a frame', section('<iframe src="https://x.example"></iframe>'), 'en.mjml:1', 'ELEMENT_BLOCKED'],
    ['an object', '<mj-raw><object data="x"></object></mj-raw>', 'en.mjml:1', 'ELEMENT_BLOCKED'],
    ['an event handler', section('<a onclick="x()">x</a>'), 'en.mjml:1', 'ATTRIBUTE_BLOCKED'],
    ['a script in a link', section('<a href="javascript:x()">x</a>'), 'en.mjml:1', 'LINK_INVALID'],
    [
      'a script in a link, disguised',
      section('<a href="java&#115;cript:x()">x</a>'),
      'en.mjml:1',
      'LINK_INVALID',
    ],
    [
      'a font from elsewhere',
      mjml('<mj-font name="x" href="https://x.example"/>', section('x')),
      'en.mjml:1',
      'FONT_BLOCKED',
    ],
    ['Liquid inside a tag', section('<a {{ contact.firstName }}>x</a>'), 'en.mjml:1', 'LIQUID_IN_TAG'],
    [
      'Liquid in a style',
      section('<p style="color:{{ contact.firstName }}">x</p>'),
      'en.mjml:1',
      'LIQUID_IN_STYLE',
    ],
    [
      'Liquid in a stylesheet',
      mjml('<mj-style>.a{color:{{ contact.x }}}</mj-style>', section('x')),
      'en.mjml:1',
      'LIQUID_IN_STYLE',
    ],
    [
      'a tag out of an attribute',
      mjml('', `<mj-section css-class='"><script>'></mj-section>`),
      'en.mjml:1',
      'ATTRIBUTE_INVALID',
    ],
    ['no MJML at all', '<mjml></mjml>', 'en.mjml', 'MJML_INVALID'],
  ])('is said with its line and reason: %s', async (_, body, path, code) => {
    expect((await faults(body))[0]).toMatchObject({ path, code });
  });

  it('is also said of the lines after a partial and a comment of several lines', async () => {
    const body = `<!-- one\ntwo -->\n{% render 'panel', title: 'x' %}\n{% comment %}\n{% endcomment %}\n<mj-nope />`;
    expect(await faults(body)).toMatchObject([{ path: 'en.mjml:6', code: 'MJML_INVALID' }]);
  });

  it('is said of every language and part at once', async () => {
    const content: TemplateContent = {
      en: { subject: '{{ x', mjml: section('{% if') },
      ar: { text: '{{ x | nope }}' },
    };
    await expect(engine.check({ defaultLocale: 'en', content })).rejects.toMatchObject({
      details: [{ path: 'ar.text:1' }, { path: 'en.subject:1' }, { path: 'en.mjml:1' }],
    });
  });
});

describe('a template cannot swallow or hide what comes after it', () => {
  it.each([
    ['a comment left open', section('x <!-- y'), 'COMMENT_NOT_CLOSED'],
    ['a conditional comment', section('<!--[if mso]><div hidden><![endif]-->'), 'CONDITIONAL_COMMENT'],
    [
      'a comment that a condition opens',
      section('{% if contact.firstName %}<{% endif %}!-- x'),
      'TAG_INVALID',
    ],
    ['a CDATA section', section('<![CDATA[ x'), 'TAG_INVALID'],
    ['an element left open', section('<div style="display:none">'), 'TAG_NOT_OPEN'],
    [
      'an element a condition opens',
      section('{% if contact.firstName %}<div hidden>{% endif %}'),
      'BRANCH_UNBALANCED',
    ],
    [
      'elements that differ by branch',
      section('{% if contact.firstName %}<b>{% else %}<i>{% endif %}x</b>'),
      'BRANCH_UNBALANCED',
    ],
    [
      'a loop left in the middle of an element',
      section('{% for i in (1..2) %}<div>{% break %}</div>{% endfor %}'),
      'BRANCH_UNBALANCED',
    ],
    [
      'an attribute a condition closes',
      section('<a title="{% if contact.firstName %}">x</a>{% endif %}'),
      'BRANCH_UNBALANCED',
    ],
    ['the end of the body', section('</div></td></tr></table></div></body></html>'), 'TAG_NOT_OPEN'],
    [
      'a stylesheet in the body',
      '<mj-raw><style>table { display: none }</style></mj-raw>',
      'ELEMENT_BLOCKED',
    ],
    ['a textarea', '<mj-raw><textarea></mj-raw>', 'ELEMENT_BLOCKED'],
    ['plaintext', '<mj-raw><plaintext></mj-raw>', 'ELEMENT_BLOCKED'],
    ['markup before the document', '<mj-raw position="file-start"><p>x</p></mj-raw>', 'ATTRIBUTE_BLOCKED'],
    [
      'an attribute of the body',
      mjml('<mj-html-attributes></mj-html-attributes>', section('x')),
      'ELEMENT_BLOCKED',
    ],
    [
      'a style out of an attribute',
      mjml('', '<mj-section border="0;position:fixed"></mj-section>'),
      'ATTRIBUTE_INVALID',
    ],
    ['a layer above it', section('<div style="position:fixed">x</div>'), 'STYLE_BLOCKED'],
    ['a rule for its table', mjml('<mj-style>table{display:none}</mj-style>', section('x')), 'STYLE_BLOCKED'],
    [
      'a rule for its links',
      mjml('<mj-style>a{font-size:0;opacity:0}</mj-style>', section('x')),
      'STYLE_BLOCKED',
    ],
  ])('by %s', async (_, body, code) => {
    expect((await faults(body)).map(fault => fault.code)).toContain(code);
  });

  it('whatever a person is called, the document around stays the same', async () => {
    const body =
      '{% if contact.lastName %}' +
      section(
        '<b>{{ contact.firstName }}</b><a href="{{ contact.attributes.x }}" title="{{ contact.attributes.x }}">y</a>',
      ) +
      '{% endif %}';
    const template = await engine.compile({
      defaultLocale: 'en',
      content: englishContent(body, '{{ contact.firstName }}'),
    });
    const tags = (html: string): string[] =>
      (html.match(/<[/!]?[^\s<>]*/g) ?? []).filter(tag => !tag.includes('bdi'));
    const usual = tags(template.render(aPerson({ lastName: 'y', attributes: { x: 'z' } }), context).html);
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('<!--', '</body>', '"><style>', "'", '{{', '{%'),
    );
    fc.assert(
      fc.property(text, text, text, (firstName, lastName, x) => {
        const { html } = template.render(aPerson({ firstName, lastName, attributes: { x } }), context);
        expect(tags(html)).toEqual(usual);
        expect(html).toMatch(/<\/td><\/tr><\/tbody><\/table><\/div><\/body>\s*<\/html>$/);
      }),
    );
  });
});

describe('a template without end or measure', () => {
  const many = (text: string, times: number): string => text.repeat(times);

  it.each([
    [
      'a loop over everything',
      section('{% for i in (1..100000000) %}x{% endfor %}'),
      'RENDER_TOO_MUCH_MEMORY',
    ],
    [
      'loops in loops',
      section('{% for i in (1..3000) %}{% for j in (1..3000) %}{% assign a = i %}{% endfor %}{% endfor %}'),
      'RENDER_TOO_SLOW',
    ],
    ['endless text', section(`{% for i in (1..90000) %}${many('x', 5_000)}{% endfor %}`), 'RENDER_TOO_LONG'],
    [
      'a text that doubles',
      section('{% assign a = "xxxxxxxx" %}{% for i in (1..60) %}{% assign a = a | append: a %}{% endfor %}'),
      'RENDER_TOO_MUCH_MEMORY',
    ],
    [
      'conditions nested without end',
      section(many('{% if a %}', 2_400) + many('{% endif %}', 2_400)),
      'TEMPLATE_TOO_DEEP',
    ],
    ['elements nested without end', section(many('<div>', 20_000)), 'TEMPLATE_TOO_DEEP'],
    ['MJML nested without end', mjml('', many('<mj-wrapper>', 5_000)), 'TEMPLATE_TOO_DEEP'],
    ['too many elements', many('<mj-section></mj-section>', 9_000), 'TEMPLATE_TOO_COMPLEX'],
    ['too much Liquid', section(many('{{a}}', 50_000)), 'TEMPLATE_TOO_COMPLEX'],
    [
      'a carousel of a thousand',
      mjml(
        '',
        `<mj-section><mj-column><mj-carousel>${many('<mj-carousel-image src="https://a.example/b.png"/>', 1_000)}</mj-carousel></mj-column></mj-section>`,
      ),
      'TEMPLATE_TOO_COMPLEX',
    ],
    ['a wall of brackets', section(many('<', 250_000)), 'TAG_INVALID'],
    ['comments never closed', section(many('<!--', 60_000)), 'COMMENT_NOT_CLOSED'],
  ])('is refused in a few seconds: %s', async (_, body, code) => {
    const begin = performance.now();
    expect((await faults(body)).map(fault => fault.code)).toContain(code);
    expect(performance.now() - begin).toBeLessThan(10_000);
  });

  it.each([many(' ', 250_000), many('\n', 9_000), many('&lt;', 60_000)])(
    'that is long and harmless is compiled in a few seconds (case %#)',
    async body => {
      const begin = performance.now();
      expect(await faults(section(body))).toEqual([]);
      expect(performance.now() - begin).toBeLessThan(10_000);
    },
  );

  it('larger than the limit is a 413 that names the part', async () => {
    const content = englishContent(many('x', 300_000));
    await expect(engine.check({ defaultLocale: 'en', content })).rejects.toMatchObject({
      kind: 'too_large',
      code: 'TEMPLATE_TOO_LARGE',
      details: [{ path: 'en.mjml' }],
    });
  });

  it('that only some people set off fails for them for good, and for nobody else', async () => {
    const body = section(
      '{% if contact.firstName == "Omar" %}{% for i in (1..100000000) %}x{% endfor %}{% endif %}',
    );
    const template = await engine.compile({ defaultLocale: 'en', content: englishContent(body) });
    expect(() => template.render(aPerson(), context)).toThrow(
      expect.objectContaining({ code: 'RENDER_FAILED', retryable: false }),
    );
    expect(template.render(aPerson({ firstName: 'Sarah' }), context).html).toContain('Unsubscribe');
  });
});

describe('what keeps a template from being sent', () => {
  it('is listed part by part', () => {
    expect(missingParts({ defaultLocale: 'ar', content: { en: { subject: ' ' } } })).toEqual([
      'ar',
      'en.subject',
      'en.mjml',
    ]);
    expect(missingParts({ defaultLocale: 'en', content: englishContent('x') })).toEqual([]);
  });

  it('keeps it from being compiled, too', async () => {
    await expect(
      engine.compile({ defaultLocale: 'en', content: { en: { subject: 'x' } } }),
    ).rejects.toMatchObject({
      code: 'TEMPLATE_INCOMPLETE',
      details: [{ path: 'en.mjml' }],
    });
  });
});

describe('what is allowed and worth mending', () => {
  it('is said without refusing the template', async () => {
    const content: TemplateContent = {
      ar: {
        subject: 'س {{ contact.firstname }}',
        mjml: `\n<mj-section><mj-column><mj-image src="http://a.example/b.png" />\n<mj-text align="left">{{ kontakt.x }}</mj-text></mj-column></mj-section>`,
      },
    };
    const warnings = await engine.check({ defaultLocale: 'ar', content });
    expect(warnings.map(({ path, code }) => `${path} ${code}`)).toEqual([
      'ar.subject VARIABLE_UNKNOWN',
      'ar.mjml VARIABLE_UNKNOWN',
      'ar.preheader PREHEADER_MISSING',
      'ar.mjml:2 ALT_MISSING',
      'ar.mjml:2 PICTURE_NOT_HTTPS',
      'ar.mjml:3 ALIGN_PHYSICAL',
    ]);
  });
});

describe('every starter', () => {
  const starters = readStarters(files);

  it('is there', () => {
    expect(starters.map(({ key }) => key)).toEqual(['announcement', 'newsletter', 'offer', 'welcome']);
  });

  it.each(starters.map(starter => [starter.key, starter] as const))(
    '(%s) is whole in Arabic and English, without a warning',
    async (_, starter) => {
      expect(missingParts(starter)).toEqual([]);
      expect(Object.keys(starter.content)).toEqual(['ar', 'en']);
      expect(await engine.check(starter)).toEqual([]);
      const template = await engine.compile(starter);
      for (const locale of ['ar', 'en']) {
        const known = template.render(aPerson({ locale }), context);
        const unknown = template.render(aPerson({ locale, firstName: null }), context);
        expect(known.html).toContain('Omar');
        expect(unknown.subject).not.toMatch(/\s{2}|[,،] *$|^[,،]/);
        expect(known.html.length).toBeLessThan(60_000);
      }
    },
  );
});
