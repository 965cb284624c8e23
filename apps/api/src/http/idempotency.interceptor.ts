import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { type FastifyReply } from 'fastify';
import { catchError, concatMap, from, type Observable, of, throwError } from 'rxjs';
import { bearerOf, IdempotencyService } from '#access';
import { DomainError } from '#common';
import { type AuthenticatedRequest } from './auth.guard.js';

const KEY = /^[\x21-\x7e]{1,255}$/;

/** Answers a POST that bears an `Idempotency-Key` once, and repeats that answer for every further press. */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(private readonly idempotency: IdempotencyService) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const http = context.switchToHttp();
    const request = http.getRequest<AuthenticatedRequest>();
    const key = request.headers['idempotency-key'];
    if (request.method !== 'POST' || key === undefined || !request.apiKey) return next.handle();
    if (typeof key !== 'string' || !KEY.test(key)) {
      throw new DomainError({
        kind: 'invalid',
        code: 'IDEMPOTENCY_KEY_INVALID',
        message: 'An Idempotency-Key has 1 to 255 visible ASCII characters; a random UUID is a good one.',
      });
    }
    const caller = { apiKeyId: request.apiKey.id, secret: bearerOf(request.headers.authorization) ?? '' };
    const reply = http.getResponse<FastifyReply>();
    const stored = await this.idempotency.begin(caller, key, fingerprintOf(request));
    if (stored) {
      void reply.status(stored.status).header('idempotency-replayed', 'true');
      return of(stored.body);
    }
    return next.handle().pipe(
      // Before what comes next: when only keeping the answer fails, the work is done and must not be done again.
      catchError((error: unknown) =>
        from(this.idempotency.release(caller, key)).pipe(concatMap(() => throwError(() => error))),
      ),
      concatMap(async (body: unknown) => {
        await this.idempotency.complete(caller, key, { status: reply.statusCode, body });
        return body;
      }),
    );
  }
}

/** What makes two requests the same. A body that streams past unread is known by its length and type. */
function fingerprintOf(request: AuthenticatedRequest): string {
  const { 'content-length': length, 'content-type': type } = request.headers;
  const body = request.body === undefined ? `${length} ${type?.split(';')[0]}` : JSON.stringify(request.body);
  return `${request.url}\n${body}`;
}
