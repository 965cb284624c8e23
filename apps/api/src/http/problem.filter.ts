import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Inject } from '@nestjs/common';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { DomainError, type ErrorKind, LOGGER, type Logger } from '#common';
import { isOutdatedFingerprint, outdatedAddressKey } from '#database';
import { drain } from './drain.js';
import { internalProblem, problem, type Problem } from './problem.js';

/** The one place where an error becomes an answer. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(@Inject(LOGGER) private readonly logger: Logger) {}

  async catch(error: unknown, host: ArgumentsHost): Promise<void> {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const answer = toProblem(error);
    if (answer.status >= 500) {
      const { method, routeOptions } = request;
      // The route's pattern, not the URL: a URL may bear a token.
      this.logger.error({ err: error, method, route: routeOptions?.url }, 'request failed');
    }
    if (reply.sent || reply.raw.headersSent) {
      reply.raw.destroy();
      return;
    }
    if (!request.raw.complete) await drain(request);
    if (answer.status === 401) void reply.header('www-authenticate', 'Bearer');
    void reply
      .status(answer.status)
      .header('content-type', 'application/problem+json; charset=utf-8')
      .send(answer);
  }
}

export function toProblem(error: unknown): Problem {
  if (isOutdatedFingerprint(error)) return toProblem(outdatedAddressKey(error));
  if (error instanceof DomainError) {
    return problem(error.kind, error.code, error.message, error.retryable, error.details);
  }
  if (error instanceof HttpException) return ofStatus(error.getStatus(), error.message);
  if (isFastifyError(error)) return ofStatus(error.statusCode, error.message);
  return internalProblem;
}

function isFastifyError(error: unknown): error is Error & { statusCode: number; code: string } {
  return error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number';
}

const byStatus: Record<number, { kind: ErrorKind; code: string; detail: string }> = {
  404: {
    kind: 'not_found',
    code: 'ROUTE_NOT_FOUND',
    detail: 'There is nothing at this address. The API is described at /docs.',
  },
  413: {
    kind: 'too_large',
    code: 'BODY_TOO_LARGE',
    detail: 'The request body is larger than this endpoint takes. Send less, or use an import for many rows.',
  },
  415: {
    kind: 'unsupported',
    code: 'CONTENT_TYPE_UNSUPPORTED',
    detail:
      'This endpoint does not read that Content-Type. Send application/json unless its documentation says else.',
  },
};

function ofStatus(status: number, message: string): Problem {
  if (status >= 500) return internalProblem;
  const known = byStatus[status];
  return known
    ? problem(known.kind, known.code, known.detail)
    : { ...problem('invalid', 'REQUEST_INVALID', message), status };
}
