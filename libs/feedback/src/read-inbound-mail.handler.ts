import { Injectable } from '@nestjs/common';
import { Clock } from '#common';
import { type JobHandler } from '#queue';
import { InboundMailService } from './inbound-mail.service.js';
import { WebhookTokenRepository } from './webhook-token.repository.js';

/** How often old fingerprints are looked for. */
const FORGET_MS = 3_600_000;
/** Webhooks that are older are refused by their time. */
const TOKENS_KEPT_MS = 48 * 3_600_000;

/** Reads the mail that came back. */
@Injectable()
export class ReadInboundMailHandler implements JobHandler<'read-inbound-mail'> {
  readonly job = 'read-inbound-mail';
  #forgotAt = 0;

  constructor(
    private readonly mails: InboundMailService,
    private readonly tokens: WebhookTokenRepository,
    private readonly clock: Clock,
  ) {}

  handle(): Promise<void> {
    return this.sweep();
  }

  async sweep(stop?: AbortSignal): Promise<void> {
    while (stop?.aborted !== true && (await this.mails.readNext()));
    const now = this.clock.now().getTime();
    if (Math.abs(now - this.#forgotAt) < FORGET_MS) return;
    this.#forgotAt = now;
    await this.mails.forgetOld();
    await this.tokens.forgetBefore(new Date(now - TOKENS_KEPT_MS));
  }
}
