import {
  type CallHandler,
  type ExecutionContext,
  Inject,
  Injectable,
  type NestInterceptor,
  SetMetadata,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { type FastifyReply } from 'fastify';
import { type Observable } from 'rxjs';
import { DomainError } from '#common';
import { CONFIG, type Config } from '#config';

const HEAVY = 'ithn:heavy';
/** A reader of a heavy answer who takes nothing for this long is cut off, in milliseconds. */
const SILENCE_MS = 120_000;

/** Marks a route that may hold a database connection for seconds: exports, counts over everybody. */
export const Heavy = (): MethodDecorator => SetMetadata(HEAVY, true);

/** Leaves most of the database's connections to quick requests: an unsubscribe never waits behind ten exports. */
@Injectable()
export class HeavyInterceptor implements NestInterceptor {
  readonly #most: number;
  #running = 0;

  constructor(
    @Inject(CONFIG) config: Config,
    private readonly reflector: Reflector,
  ) {
    this.#most = Math.max(1, Math.floor(config.DATABASE_POOL / 3));
  }

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (this.reflector.get<boolean | undefined>(HEAVY, context.getHandler()) !== true) return next.handle();
    if (this.#running >= this.#most) {
      throw new DomainError({
        kind: 'too_many',
        code: 'TOO_MANY_HEAVY_REQUESTS',
        message: `Only ${this.#most} exports, previews and counts run at once. Try again when one of them has ended.`,
        retryable: true,
      });
    }
    const { raw } = context.switchToHttp().getResponse<FastifyReply>();
    this.#running += 1;
    // Closed is what every answer becomes, whole or broken off.
    raw.once('close', () => (this.#running -= 1));
    raw.setTimeout(SILENCE_MS, () => raw.destroy());
    return next.handle();
  }
}
