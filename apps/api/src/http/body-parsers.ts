import { type FastifyInstance } from 'fastify';
import { DomainError } from '#common';

/** Largest JSON body, in bytes. Bulk data goes through imports, which stream. */
export const BODY_LIMIT = 2 * 1024 * 1024;

/** Levels of nesting; deeper bodies overflow the stack of whatever walks them recursively, JSON.stringify first. */
const DEEPEST = 200;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** How long a body may take to arrive, in milliseconds: who sends a byte now and then holds a connection for ever. */
const BODY_TIME_MS = 30_000;
/** Files are large, and only who has a key sends one. */
const FILES_AT = '/v1/imports';

/**
 * JSON that is really UTF-8, has no poisoned prototype, and no NUL and no half of a surrogate pair, which PostgreSQL
 * cannot store.
 */
export function addBodyParsers(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  refuseSlowBodiesAndForms(fastify);
  refuseNulInAddresses(fastify);
  const parseJson = fastify.getDefaultJsonParser('error', 'error');
  fastify.addContentTypeParser(
    ['application/json', 'application/merge-patch+json'],
    { parseAs: 'buffer', bodyLimit: BODY_LIMIT },
    (request, body, done) => {
      if (body.length === 0) {
        done(null, undefined);
        return;
      }
      let text: string;
      try {
        text = utf8.decode(body as Buffer);
      } catch {
        done(invalid('BODY_NOT_UTF8', 'The request body is not valid UTF-8.'));
        return;
      }
      void parseJson(request, text, (error, value) => {
        if (error) done(invalid('JSON_INVALID', `The request body is not valid JSON: ${error.message}`));
        else done(unfitness(value), value);
      });
    },
  );
}

/** Files may take long and come in forms; nothing else may. */
function refuseSlowBodiesAndForms(fastify: FastifyInstance): void {
  fastify.addHook('preParsing', (request, _reply, payload, done) => {
    if (request.routeOptions.url !== FILES_AT) {
      const { raw, headers } = request;
      if (/^multipart\//i.test(headers['content-type'] ?? '')) {
        done(FORM);
        return;
      }
      const timer = setTimeout(() => {
        if (!raw.complete) raw.destroy();
      }, BODY_TIME_MS).unref();
      payload.once('end', () => clearTimeout(timer)).once('close', () => clearTimeout(timer));
    }
    done(null, payload);
  });
}

function refuseNulInAddresses(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', ({ url }, _reply, done) => {
    done(/^\/v1\/[^?]*\?.*%00/.test(url) ? NUL : undefined);
  });
}

const FORM = new DomainError({
  kind: 'unsupported',
  code: 'CONTENT_TYPE_UNSUPPORTED',
  message: 'Forms are taken at POST /v1/imports only; send application/json here.',
});
const NUL = invalid('NUL_CHARACTER', 'Texts may not contain the NUL character (\\u0000).');
const BROKEN_UNICODE = invalid(
  'BROKEN_UNICODE',
  'Texts may not contain half of a character (a surrogate without its pair, such as \\ud800).',
);

function invalid(code: string, message: string): DomainError {
  return new DomainError({ kind: 'invalid', code, message });
}

/** What no field may hold, or null. Without recursion, because depth is one of the things in doubt. */
function unfitness(value: unknown): DomainError | null {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEEPEST) return invalid('JSON_TOO_DEEP', `JSON may be nested ${DEEPEST} levels deep.`);
    const next: unknown[] = [];
    for (const node of level) {
      if (typeof node === 'string') {
        if (node.includes('\0')) return NUL;
        if (/\p{Surrogate}/u.test(node)) return BROKEN_UNICODE;
      } else if (typeof node === 'object' && node !== null) {
        if (!Array.isArray(node)) for (const key of Object.keys(node)) next.push(key);
        for (const child of Object.values(node)) next.push(child);
      }
    }
    level = next;
  }
  return null;
}
