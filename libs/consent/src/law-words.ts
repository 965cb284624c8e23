import { localize, type Locale } from '#common';
import { lawPacks } from './law-packs/index.js';
import { valueText } from './words.js';

/** One pack of a label such as `GB@2*7+SA@1`. */
export interface ReadLaw {
  code: string;
  version: number;
  /** Changes of the operator that were in force. */
  overrides: number[];
}

/** The packs that a stored label names; parts that are none are left out. */
export function readLaws(label: string): ReadLaw[] {
  return label.split('+').flatMap(part => {
    const match = /^([A-Za-z]+)@(\d+)((?:\*\d+)*)$/.exec(part);
    if (!match) return [];
    const overrides = (match[3] ?? '').split('*').filter(Boolean).map(Number);
    return [{ code: match[1] as string, version: Number(match[2]), overrides }];
  });
}

/** What a pack is called, with its version and the operator's changes: `United Kingdom, version 2`. */
export function lawText({ code, version, overrides }: ReadLaw, locale: Locale): string {
  const pack =
    lawPacks.find(known => known.code === code && known.version === version) ??
    lawPacks.find(known => known.code === code);
  const name = pack ? localize(pack.name, locale) : code;
  const changes = overrides.join(locale === 'ar' ? '، ' : ', ');
  if (locale === 'ar') {
    const changed = overrides.length === 0 ? '' : `، مع تعديل المشغّل رقم ${changes}`;
    return `${valueText(name, locale)} (الإصدار ${version}${changed})`;
  }
  const changed =
    overrides.length === 0 ? '' : `, with the operator’s change${overrides.length > 1 ? 's' : ''} ${changes}`;
  return `${name} (version ${version}${changed})`;
}

/** All packs of a stored label in words. */
export function lawsText(label: string, locale: Locale): string {
  const laws = readLaws(label).map(law => lawText(law, locale));
  return laws.join(locale === 'ar' ? '، ' : '; ');
}
