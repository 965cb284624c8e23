import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { Liquid } from 'liquidjs';
import { projectRoot } from '#common';

/**
 * What a mail's own HTML may do: show itself. No script, no form, nothing loaded but pictures over https; it runs in an
 * origin of its own (`sandbox`), and its links open tabs that are free of it.
 */
export const mailPolicy =
  "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src data: https:; " +
  "style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'";

/** The inbox's pages, made of templates/inbox. Every value is escaped by the engine. */
@Injectable()
export class InboxPages {
  readonly #folder = join(projectRoot(), 'templates', 'inbox');
  readonly #liquid = new Liquid({
    root: this.#folder,
    extname: '.liquid',
    outputEscape: 'escape',
    cache: true,
    strictFilters: true,
  });
  readonly #css = readFileSync(join(this.#folder, 'inbox.css'), 'utf8');
  readonly #script = readFileSync(join(this.#folder, 'inbox.js'), 'utf8');
  /** For our own pages: only our style, our script, and the frame that shows a mail. */
  readonly policy =
    `default-src 'none'; style-src '${hash(this.#css)}'; script-src '${hash(this.#script)}'; connect-src 'self'; ` +
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

  render(page: 'list' | 'mail' | 'missing', values: object): Promise<string> {
    return this.#liquid.renderFile(page, {
      ...values,
      css: this.#css,
      script: this.#script,
    }) as Promise<string>;
  }
}

function hash(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
