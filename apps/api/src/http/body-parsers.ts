import { type FastifyInstance } from 'fastify';
import { DomainError } from '#common';

/** Largest JSON body, in bytes. Bulk data goes through imports, which stream. */
export const BODY_LIMIT = 2 * 1024 * 1024;

/** Levels of nesting; deeper bodies overflow the stack of whatever walks them recursively, JSON.stringify first. */
const DEEPEST = 200;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** JSON that is really UTF-8, has no poisoned prototype and no NUL, which PostgreSQL cannot store. */
export function addBodyParsers(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
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
      if (text.includes('\\u0000')) {
        done(invalid('NUL_CHARACTER', 'Texts may not contain the NUL character (\\u0000).'));
        return;
      }
      void parseJson(request, text, (error, value) => {
        if (error) done(invalid('JSON_INVALID', `The request body is not valid JSON: ${error.message}`));
        else if (isDeeperThan(value, DEEPEST))
          done(invalid('JSON_TOO_DEEP', `JSON may be nested ${DEEPEST} levels deep.`));
        else done(null, value);
      });
    },
  );
}

function invalid(code: string, message: string): DomainError {
  return new DomainError({ kind: 'invalid', code, message });
}

/** Without recursion, because depth is the very thing in doubt. */
function isDeeperThan(value: unknown, levels: number): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > levels) return true;
    level = level.flatMap(node => (typeof node === 'object' && node !== null ? Object.values(node) : []));
  }
  return false;
}
