import fc from 'fast-check';
import { LiquidDialect } from './liquid-dialect.js';

const value = fc.oneof(
  fc.string(),
  fc.constantFrom('', 'ليلى', null, undefined, false, true, 0, []),
  fc.array(fc.string()),
  fc.double({ noNaN: true }),
  fc.object(),
);

describe('a plain output', () => {
  const dialect = new LiquidDialect('ar', 'html', () => new Date(0));
  const render = (source: string, scope: object): string =>
    dialect.render(dialect.parse(source), scope as Record<string, unknown>);

  it('renders as Liquid itself renders it', () => {
    const outputs = [
      'contact.firstName',
      'contact.attributes.x',
      'contact.attributes.x.y',
      "contact.firstName | default: 'there'",
      'contact.firstName | default: "there"',
      'contact.attributes.x | default: contact.firstName',
      'unsubscribeUrl | at_url',
      "contact.firstName | default: 'x' | at_label",
      'contact.attributes.constructor',
      'contact.__proto__',
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...outputs),
        value,
        value,
        value,
        (output, firstName, x, unsubscribeUrl) => {
          const scope = { contact: { firstName, attributes: { x } }, unsubscribeUrl };
          // Another name for the contact shadows it, and Liquid evaluates everything itself.
          const slow = `{% for contact in nobody %}{% endfor %}{{ ${output} }}`;
          expect(render(`{{ ${output} }}`, scope)).toBe(render(slow, scope));
        },
      ),
    );
  });

  it('respects a variable that an author gives another meaning, wherever that happens', () => {
    const scope = { contact: { firstName: 'Sarah' } };
    const source =
      '{% if contact %}{% assign contact = "x" %}{% endif %}{{ contact.firstName }}|{{ contact }}';
    expect(render(source, scope)).toBe('|<bdi dir="ltr">x</bdi>');
  });
});
