import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { type FastifyReply } from 'fastify';
import { Liquid } from 'liquidjs';
import { projectRoot } from '#common';
import { InboxParts } from './inbox-parts.js';

/**
 * What a mail's own HTML may do: show itself. No script, no form, nothing loaded but pictures over https; it runs in an
 * origin of its own (`sandbox`), and its links open tabs that are free of it.
 */
export const mailPolicy =
  "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src data: https:; " +
  "style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'";

export type InboxPage = 'list' | 'mail' | 'missing' | 'phones' | 'phone';

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
  readonly #policy =
    `default-src 'none'; style-src '${hash(this.#css)}'; script-src '${hash(this.#script)}'; connect-src 'self'; ` +
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

  constructor(private readonly parts: InboxParts) {}

  async send(reply: FastifyReply, page: InboxPage, values: object): Promise<void> {
    const { inbox, phone } = this.parts;
    const html: unknown = await this.#liquid.renderFile(page, {
      ...values,
      ...{ css: this.#css, script: this.#script, hasMail: inbox !== null, hasPhones: phone !== null },
    });
    secure(reply, this.#policy).header('content-type', 'text/html; charset=utf-8').send(html);
  }
}

export function secure(reply: FastifyReply, policy: string): FastifyReply {
  return reply.headers({
    'content-security-policy': policy,
    'cache-control': 'no-store',
    // A form of ours says where it comes from; nobody else is told.
    'referrer-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
    'x-robots-tag': 'noindex',
  });
}

function hash(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
