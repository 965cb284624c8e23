import { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { type Logger } from '#common';

/**
 * A part of the server whose bodies nobody parses, whatever they say they are: a signature is over bytes. What goes wrong in it
 * is answered in the form of all problems.
 */
export function prepareRawScope(scope: FastifyInstance, bodyLimit: number, logger: Logger): void {
  scope.removeAllContentTypeParsers();
  scope.addHook('onRequest', (request, _reply, done) => {
    delete request.headers['content-type'];
    done();
  });
  scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit }, (_request, body, done) =>
    done(null, body),
  );
  scope.setErrorHandler((error: { statusCode?: number }, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) logger.error({ err: error, route: request.routeOptions.url }, 'webhook failed');
    const code = status === 413 ? 'WEBHOOK_TOO_LARGE' : 'WEBHOOK_FAILED';
    return sayProblem(reply, status, code, 'It could not be taken.');
  });
}

export function bodyOf(request: FastifyRequest): Buffer {
  return (request.body as Buffer | undefined) ?? Buffer.alloc(0);
}

export function sayProblem(reply: FastifyReply, status: number, code: string, detail: string): FastifyReply {
  return reply
    .status(status)
    .header('content-type', 'application/problem+json; charset=utf-8')
    .send({
      type: `urn:ithn:problem:${code}`,
      title: 'The webhook was not taken',
      status,
      code,
      detail,
      retryable: status >= 500,
    });
}
