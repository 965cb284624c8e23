import { Inject, Injectable } from '@nestjs/common';
import { EMAIL_TRANSPORT, type EmailTransport } from '#transports';
import { bucketKey, TokenBucketRepository } from './token-bucket.repository.js';

/** The limits on relays: configured with each process, and kept in PostgreSQL, where all of them share the tokens. */
@Injectable()
export class RelayLimits {
  #told = false;

  constructor(
    private readonly buckets: TokenBucketRepository,
    @Inject(EMAIL_TRANSPORT) private readonly transport: EmailTransport,
  ) {}

  /** Of one relay, or of all: who does not know which relay will take a message takes a token of each. */
  keys(only?: string): string[] {
    const limited = this.transport.limits.filter(({ relay }) => only === undefined || relay === only);
    return [...new Set(limited.map(({ relay }) => bucketKey({ scope: 'relay', relay })))];
  }

  /** Sees to it that PostgreSQL has them as they are configured here. */
  async tell(): Promise<void> {
    for (const { relay, ...rate } of this.transport.limits)
      await this.buckets.setRate({ scope: 'relay', relay }, rate);
  }

  /** The same once for the life of the process. Not inside a transaction, which may be undone. */
  async tellOnce(): Promise<void> {
    if (this.#told) return;
    await this.tell();
    this.#told = true;
  }
}
