import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { Liquid, type Template } from 'liquidjs';
import { type Locale, projectRoot } from '#common';
import { type ContactProof, type SubjectExport } from '#subjects';
import { type Page } from '../public/page-renderer.js';
import { PageStrings } from '../public/page-strings.js';
import { type ReadableDocument } from './document.js';
import { exportDocument } from './export-document.js';
import { proofDocument } from './proof-document.js';

/**
 * Renders documents for reading and printing: what is held of a person, and the proof of what they agreed to. Like the
 * customer pages they need no script, no cookie and no second request, and their policy allows their own style alone.
 */
@Injectable()
export class DocumentRenderer {
  readonly strings: PageStrings;
  readonly #css: string;
  readonly #policy: string;
  readonly #engine: Liquid;
  readonly #template: Template[];

  constructor() {
    const folder = join(projectRoot(), 'templates', 'documents');
    this.strings = new PageStrings(join(folder, 'locales'));
    this.#css = readFileSync(join(folder, 'document.css'), 'utf8');
    const hash = createHash('sha256').update(this.#css).digest('base64');
    this.#policy = `default-src 'none'; style-src 'sha256-${hash}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`;
    this.#engine = new Liquid({
      root: folder,
      extname: '.liquid',
      cache: true,
      outputEscape: 'escape',
      strictFilters: true,
      strictVariables: true,
      lenientIf: true,
    });
    this.#template = this.#engine.parseFileSync('document');
  }

  /** Everything that is held of a person. */
  export(data: SubjectExport, locale: Locale): Page {
    return this.#render(exportDocument(data, locale, this.strings), locale);
  }

  /** The proof of what a person agreed to and took back. */
  proof(proof: ContactProof, locale: Locale): Page {
    return this.#render(proofDocument(proof, locale, this.strings), locale);
  }

  #render(document: ReadableDocument, locale: Locale): Page {
    const globals = { locale, dir: locale === 'ar' ? 'rtl' : 'ltr', css: this.#css };
    return {
      status: 200,
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'content-language': locale,
        'content-security-policy': this.#policy,
        'cache-control': 'no-store',
        'x-robots-tag': 'noindex',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
      },
      body: this.#engine.renderSync(this.#template, document, { globals }) as string,
    };
  }
}
