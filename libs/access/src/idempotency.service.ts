import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Clock, DomainError } from '#common';
import { IdempotencyRepository } from './idempotency.repository.js';
import { openAnswer, sealAnswer } from './sealed-answer.js';

/** Who repeats a request: an API key's row, and the key itself, which the stored answer is sealed with. */
export interface Caller {
  apiKeyId: number;
  secret: string;
}

export interface Answer {
  status: number;
  body: unknown;
}

/** How long an answer is kept; the same key afterwards is a new request. */
const KEPT_MS = 24 * 60 * 60 * 1000;
/** How often what is too old is deleted, at most. */
const FORGET_EVERY_MS = 10 * 60 * 1000;
/**
 * A reservation this old with no answer was left by a process that died. Longer than any upload should take, because a
 * request that is still at work would then be carried out twice.
 */
const ABANDONED_MS = 30 * 60 * 1000;

/** Makes a POST with an `Idempotency-Key` happen once, however often it is sent. */
@Injectable()
export class IdempotencyService {
  #forgotAt = 0;

  constructor(
    private readonly repository: IdempotencyRepository,
    private readonly clock: Clock,
  ) {}

  /**
   * The stored answer for this key, or null when the caller shall go on and then `complete` or `release`.
   * @throws DomainError IDEMPOTENCY_KEY_REUSED (another request bore it), IDEMPOTENCY_IN_PROGRESS (the first still runs)
   */
  async begin(caller: Caller, key: string, request: string): Promise<Answer | null> {
    const { apiKeyId, secret } = caller;
    const now = this.clock.now();
    await this.#forgetNowAndThen(now);
    const fingerprint = createHash('sha256').update(request).digest();
    if (await this.repository.reserve(apiKeyId, key, fingerprint, now)) return null;
    const stored = await this.repository.find(apiKeyId, key);
    if (!stored) return this.begin(caller, key, request);
    if (!stored.fingerprint.equals(fingerprint)) {
      throw new DomainError({
        kind: 'unprocessable',
        code: 'IDEMPOTENCY_KEY_REUSED',
        message: 'This Idempotency-Key was used for a different request. Use a new key for a new request.',
      });
    }
    if (stored.status !== null && stored.body !== null) {
      return { status: stored.status, body: openAnswer(stored.body, secret) };
    }
    if (now.getTime() - stored.createdAt.getTime() > ABANDONED_MS) {
      await this.repository.release(apiKeyId, key);
      return this.begin(caller, key, request);
    }
    throw new DomainError({
      kind: 'conflict',
      code: 'IDEMPOTENCY_IN_PROGRESS',
      message: 'The first request with this Idempotency-Key is still at work. Try again in a moment.',
      retryable: true,
    });
  }

  complete({ apiKeyId, secret }: Caller, key: string, answer: Answer): Promise<void> {
    return this.repository.complete(apiKeyId, key, answer.status, sealAnswer(answer.body, secret));
  }

  /** After a failure that changed nothing, so that the same key may be tried again. */
  release({ apiKeyId }: Caller, key: string): Promise<void> {
    return this.repository.release(apiKeyId, key);
  }

  /** Deletes answers that are no longer kept, also where no further request with a key comes. @returns how many. */
  forgetOld(): Promise<number> {
    return this.repository.forgetBefore(new Date(this.clock.now().getTime() - KEPT_MS));
  }

  async #forgetNowAndThen(now: Date): Promise<void> {
    if (Math.abs(now.getTime() - this.#forgotAt) < FORGET_EVERY_MS) return;
    this.#forgotAt = now.getTime();
    await this.forgetOld();
  }
}
