import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { type FilterImplOptions, Liquid, type Template } from 'liquidjs';
import { type Locale, projectRoot } from '#common';
import { PageStrings, type Values } from './page-strings.js';

export const pageNames = [
  'unsubscribe',
  'unsubscribed',
  'resubscribed',
  'preferences',
  'gone',
  'held',
  'erase',
  'erased',
  'confirm',
  'sign-up',
  'sign-up-sent',
  'opt-in',
  'opted-in',
  'opt-in-closed',
  'problem',
] as const;
export type PageName = (typeof pageNames)[number];

/** An answer to a person's browser, or to the mail program that presses for them. */
export interface Page {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** On every answer of the customer pages: nothing is stored, indexed, framed or told to others. */
export const guardHeaders = {
  'cache-control': 'no-store',
  'x-robots-tag': 'noindex',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

type FilterThis = { context: { getSync(path: string[]): unknown } };

/**
 * Renders the pages of templates/pages, parsed once. A page needs no script, no cookie and no second request: its
 * style is part of it, and the Content-Security-Policy allows that style by its hash and nothing else.
 */
@Injectable()
export class PageRenderer {
  readonly strings: PageStrings;
  readonly #css: string;
  readonly #policy: string;
  readonly #engine: Liquid;
  readonly #templates: Record<PageName, Template[]>;

  constructor() {
    const folder = join(projectRoot(), 'templates', 'pages');
    this.strings = new PageStrings(join(folder, 'locales'));
    this.#css = readFileSync(join(folder, 'pages.css'), 'utf8');
    const hash = createHash('sha256').update(this.#css).digest('base64');
    this.#policy = [
      "default-src 'none'",
      `style-src 'sha256-${hash}'`,
      "form-action 'self'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
    ].join('; ');
    this.#engine = new Liquid({
      root: folder,
      extname: '.liquid',
      cache: true,
      outputEscape: 'escape',
      strictFilters: true,
      strictVariables: true,
      lenientIf: true,
    });
    this.#engine.registerFilter('t', { raw: true, handler: this.#filter('html') } as FilterImplOptions);
    this.#engine.registerFilter('text', this.#filter('text') as FilterImplOptions);
    this.#templates = Object.fromEntries(
      pageNames.map(name => [name, this.#engine.parseFileSync(name)]),
    ) as Record<PageName, Template[]>;
  }

  /** @param data what the template names; its texts are escaped. `sender` (or null) stands in every page's footer. */
  render(name: PageName, locale: Locale, data: Record<string, unknown>, status = 200): Page {
    const globals = {
      locale,
      dir: locale === 'ar' ? 'rtl' : 'ltr',
      otherLocale: locale === 'ar' ? 'en' : 'ar',
      css: this.#css,
    };
    return {
      status,
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'content-language': locale,
        'content-security-policy': this.#policy,
      },
      body: this.#engine.renderSync(this.#templates[name], { sender: null, ...data }, { globals }) as string,
    };
  }

  /** `{{ 'key' | t: name: value }}` is HTML with the values isolated; `text` is the same as plain text. */
  #filter(kind: 'html' | 'text') {
    const { strings } = this;
    return function (this: FilterThis, key: string, ...pairs: [string, unknown][]): string {
      const locale = this.context.getSync(['locale']) as Locale;
      const values: Values = Object.fromEntries(pairs.map(([name, value]) => [name, String(value)]));
      return strings[kind](locale, key, values);
    };
  }
}
