import { Injectable } from '@nestjs/common';
import { Clock, NowAndThen } from '#common';
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
  readonly #forgetting = new NowAndThen(FORGET_MS);

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
    const now = this.clock.now();
    if (!this.#forgetting.isDue(now)) return;
    this.#forgetting.mark(now);
    await this.mails.forgetOld();
    await this.tokens.forgetBefore(new Date(now.getTime() - TOKENS_KEPT_MS));
  }
}
