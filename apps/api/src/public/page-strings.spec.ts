import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PageStrings } from './page-strings.js';

describe('the words of the pages', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ithn-strings-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const strings = (en: Record<string, string>, ar: Record<string, string>): PageStrings => {
    writeFileSync(join(folder, 'en.json'), JSON.stringify(en));
    writeFileSync(join(folder, 'ar.json'), JSON.stringify(ar));
    return new PageStrings(folder);
  };

  it('are plain as evidence, and escaped with their values isolated as HTML', () => {
    const words = strings({ a: 'From {name} & co' }, { a: 'من {name}' });
    expect(words.text('en', 'a', { name: 'A<B' })).toBe('From A<B & co');
    expect(words.html('en', 'a', { name: 'A<B' })).toBe('From <bdi>A&lt;B</bdi> &amp; co');
    expect(words.html('ar', 'a', { name: '{name}' })).toBe('من <bdi>{name}</bdi>');
  });

  it('must be there in both languages, with the same values', () => {
    expect(() => strings({ a: 'x', b: 'y' }, { a: 'س' })).toThrow('ar.json: "b" is missing');
    expect(() => strings({ a: 'x' }, { a: 'س', b: 'ص' })).toThrow('en.json: "b" is missing');
    expect(() => strings({ a: 'to {x}' }, { a: 'إلى' })).toThrow('names other values');
  });

  it('refuse an unknown key and a value that was not given', () => {
    const words = strings({ a: 'to {x}' }, { a: 'إلى {x}' });
    expect(() => words.text('en', 'b')).toThrow('no page text "b"');
    expect(() => words.text('en', 'a')).toThrow('needs the value "x"');
  });
});
