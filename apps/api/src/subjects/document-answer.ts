import { type FastifyReply, type FastifyRequest } from 'fastify';
import { type Locale, toLocale } from '#common';
import { type Page } from '../public/page-renderer.js';
import { preferredLocale } from '../public/visitor.js';
import { type DocumentQuery } from './subjects.schemas.js';

/** Whether a document is wanted for reading: as the query says, or else `Accept` (RFC 9110 section 12.5.1). */
export function wantsHtml({ format }: DocumentQuery, request: FastifyRequest): boolean {
  if (format !== undefined) return format === 'html';
  const accepted = request.headers.accept ?? '';
  return /\btext\/html\b/i.test(accepted) && !/\bapplication\/json\b/i.test(accepted);
}

/** The language of a document: asked for, the person's own, or the reader's. */
export function documentLocale(
  { locale }: DocumentQuery,
  person: string | null | undefined,
  request: FastifyRequest,
): Locale {
  return locale ?? toLocale(person, preferredLocale(request.headers['accept-language']));
}

/** Sends a page and leaves nothing for Nest to serialise. */
export function sendPage(reply: FastifyReply, page: Page): string {
  void reply.status(page.status).headers(page.headers);
  return page.body;
}
