import { readdirSync, readFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { type Locale, locales, projectRoot } from '#common';

/** The files as read, for whoever needs them injected. */
export const MAIL_FILES = Symbol('MAIL_FILES');

/** What stands in `templates/email`: the only files a template can ever reach, read once when the process starts. */
export interface MailFiles {
  layouts: ReadonlyMap<string, string>;
  partials: ReadonlyMap<string, string>;
  footer: { html: string; text: string };
  strings: Record<Locale, Readonly<Record<string, string>>>;
  /** Starter name -> file name -> text. */
  starters: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

export function readMailFiles(folder = join(projectRoot(), 'templates', 'email')): MailFiles {
  const read = (...path: string[]): string => readFileSync(join(folder, ...path), 'utf8');
  const starters = readdirSync(join(folder, 'starters'), { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .map(entry => entry.name)
    .sort();
  return {
    layouts: textsByName(join(folder, 'layouts'), '.mjml'),
    partials: textsByName(join(folder, 'partials'), '.mjml'),
    footer: { html: read('partials', 'footer.html.liquid'), text: read('partials', 'footer.txt.liquid') },
    strings: Object.fromEntries(
      locales.map(locale => [
        locale,
        JSON.parse(read('locales', `${locale}.json`)) as Record<string, string>,
      ]),
    ) as MailFiles['strings'],
    starters: new Map(starters.map(name => [name, textsByFile(join(folder, 'starters', name))])),
  };
}

function textsByName(folder: string, extension: string): Map<string, string> {
  const files = readdirSync(folder).filter(file => extname(file) === extension);
  return new Map(files.map(file => [basename(file, extension), readFileSync(join(folder, file), 'utf8')]));
}

function textsByFile(folder: string): Map<string, string> {
  return new Map(readdirSync(folder).map(file => [file, readFileSync(join(folder, file), 'utf8')]));
}
