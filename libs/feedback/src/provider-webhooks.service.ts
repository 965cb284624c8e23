import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { Clock, LOGGER, type Logger, TokenSigner } from '#common';
import { CONFIG, type Config } from '#config';
import { readMessageIdHeader } from '#sending';
import { FeedbackService } from './feedback.service.js';
import { fromProvider } from './provider-feedback.js';
import {
  confirmSubscription,
  type Fetcher,
  HttpsFetcher,
  type ProviderEvent,
  type ProviderRequest,
  type ProviderSecrets,
  refused,
  type Refusal,
  type WebhookProvider,
  webhookProviders,
} from './providers/index.js';
import { WebhookTokenRepository } from './webhook-token.repository.js';

/** How a provider is answered. */
export type WebhookAnswer = { kind: 'taken'; events: number } | Refusal;

/** The web as providers' webhooks need it: Amazon's certificates and confirmations. A test puts another in its place. */
@Injectable()
export class ProviderWeb {
  readonly fetcher: Fetcher = new HttpsFetcher();
}

/** What providers tell by webhook: verified, kept once, answered; a worker acts upon it then. */
@Injectable()
export class ProviderWebhooksService {
  readonly #providers: ReadonlyMap<string, WebhookProvider>;
  readonly #secrets: ProviderSecrets;

  constructor(
    @Inject(CONFIG) config: Config,
    private readonly feedback: FeedbackService,
    private readonly tokens: WebhookTokenRepository,
    private readonly signer: TokenSigner,
    private readonly clock: Clock,
    private readonly web: ProviderWeb,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.#providers = webhookProviders(web.fetcher);
    this.#secrets = config.providerSecrets;
  }

  /** @returns null for a provider nobody knows */
  async receive(name: string, request: ProviderRequest): Promise<WebhookAnswer | null> {
    const provider = this.#providers.get(name);
    if (!provider) return null;
    const received = await provider.receive(request, this.#secrets, this.clock.now());
    switch (received.kind) {
      case 'refused':
        this.logger.warn({ provider: name, code: received.code }, 'a webhook was refused');
        return received;
      case 'confirm':
        return this.#confirm(name, received.url);
      case 'events': {
        const { events, onceToken } = received;
        if (onceToken !== null && !(await this.#isFirst(name, onceToken, request.body)))
          return refused('WEBHOOK_SIGNATURE_INVALID', 'This signature was used for another event already.');
        const told = events.map(event => fromProvider(event, this.#messageOf(event)));
        return { kind: 'taken', events: await this.feedback.record(told.filter(one => one !== null)) };
      }
    }
  }

  #messageOf({ messageId }: ProviderEvent): ReturnType<typeof readMessageIdHeader> {
    return messageId === null ? null : readMessageIdHeader(this.signer, messageId);
  }

  #isFirst(provider: string, token: string, body: Buffer): Promise<boolean> {
    const digest = createHash('sha256').update(body).digest();
    return this.tokens.take(provider, token, digest, this.clock.now());
  }

  async #confirm(provider: string, url: string): Promise<WebhookAnswer> {
    try {
      await confirmSubscription(url, this.web.fetcher);
      this.logger.info({ provider }, 'a subscription to events was confirmed');
      return { kind: 'taken', events: 0 };
    } catch (error) {
      this.logger.warn({ provider, err: error }, 'a subscription to events could not be confirmed');
      return refused('WEBHOOK_CERTIFICATE_UNAVAILABLE', 'The subscription could not be confirmed just now.');
    }
  }
}
