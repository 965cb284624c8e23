import { Inject, Injectable } from '@nestjs/common';
import { AuditTrail } from '#access';
import { Clock, formatId, notFound, type Page } from '#common';
import { CONFIG, type Config } from '#config';
import { Database, type PageRequest, toPage } from '#database';
import { JobQueue } from '#queue';
import { CallableAddresses } from './callable-address.js';
import {
  type Delivery,
  DeliveryRepository,
  type DeliveryState,
  type ReplayFrom,
} from './delivery.repository.js';
import { type OutgoingEventKind } from './event-kinds.js';
import { SecretBox } from './secret-box.js';
import { testBody } from './webhook-body.js';
import { type CallResult, WebhookClient } from './webhook-client.js';
import { type Webhook } from './webhook.entity.js';
import { secretLost, tooManyWebhooks, urlRefused, webhookDisabled } from './webhook.errors.js';
import { WebhookRepository } from './webhook.repository.js';
import { formatSecret, newSecret, signedHeaders } from './webhook-signature.js';

/** Every event is told to each of them: a shop has a few. */
const MOST_WEBHOOKS = 50;
/** Events of one replay: one transaction holds the webhook meanwhile. */
const MOST_REPLAYED = 50_000;
const HOUR_MS = 60 * 60 * 1000;

export interface WebhookChanges {
  url?: string | undefined;
  description?: string | null | undefined;
  kinds?: OutgoingEventKind[] | null | undefined;
  enabled?: boolean | undefined;
}

export interface PingResult extends CallResult {
  milliseconds: number;
}

/** Where somebody wants to be told of events. */
@Injectable()
export class WebhooksService {
  readonly #addresses: CallableAddresses;

  constructor(
    @Inject(CONFIG) { webhookNetworks }: Config,
    private readonly db: Database,
    private readonly repository: WebhookRepository,
    private readonly deliveries: DeliveryRepository,
    private readonly client: WebhookClient,
    private readonly secrets: SecretBox,
    private readonly audit: AuditTrail,
    private readonly queue: JobQueue,
    private readonly clock: Clock,
  ) {
    this.#addresses = new CallableAddresses(webhookNetworks);
  }

  /**
   * A webhook and its secret, which is told this once.
   * @throws DomainError WEBHOOK_URL_REFUSED, TOO_MANY_WEBHOOKS
   */
  async create(
    { url, description = null, kinds = null }: WebhookChanges & { url: string },
    actor: string,
  ): Promise<{ webhook: Webhook; secret: string }> {
    this.#checkUrl(url);
    const secret = newSecret();
    const now = this.clock.now();
    return this.db.transaction(async () => {
      if ((await this.repository.count()) >= MOST_WEBHOOKS) throw tooManyWebhooks(MOST_WEBHOOKS);
      const webhook = await this.repository.insert({
        ...{ url, description, kinds: ordered(kinds), state: 'active', disabledReason: null },
        ...{ secret: this.secrets.seal(secret), oldSecret: null, oldUntil: null },
        ...{
          failingSince: null,
          failures: 0,
          restsUntil: null,
          createdAt: now,
          updatedAt: now,
          deletedAt: null,
        },
      });
      await this.audit.record(actor, 'webhook.created', formatId('webhook', webhook.id), { kinds });
      return { webhook, secret: formatSecret(secret) };
    });
  }

  /** @throws DomainError WEBHOOK_NOT_FOUND */
  async get(id: number): Promise<Webhook> {
    const webhook = await this.repository.find(id);
    if (!webhook) throw notFound('webhook', formatId('webhook', id));
    return webhook;
  }

  async list(request: PageRequest): Promise<Page<Webhook>> {
    return toPage(await this.repository.list(request), request.limit, webhook => webhook);
  }

  /** Another URL, or enabling it, is a fresh start. @throws DomainError WEBHOOK_NOT_FOUND, WEBHOOK_URL_REFUSED */
  async update(id: number, changes: WebhookChanges, actor: string): Promise<Webhook> {
    const { url, description, kinds, enabled } = changes;
    if (url !== undefined) this.#checkUrl(url);
    const saved = await this.#change(id, webhook => {
      if (url !== undefined) webhook.url = url;
      if (description !== undefined) webhook.description = description;
      if (kinds !== undefined) webhook.kinds = ordered(kinds);
      if (enabled === false) Object.assign(webhook, { state: 'disabled', disabledReason: 'by_request' });
      if (enabled === true) Object.assign(webhook, { state: 'active', disabledReason: null });
      if (enabled === true || url !== undefined)
        Object.assign(webhook, { failingSince: null, failures: 0, restsUntil: null });
      const fields = Object.entries(changes).flatMap(([name, value]) => (value === undefined ? [] : [name]));
      return this.audit.record(actor, 'webhook.updated', formatId('webhook', id), { fields });
    });
    await this.queue.wake('deliver-webhooks', {});
    return saved;
  }

  /** It hears of nothing more; what was under way may still arrive. @throws DomainError WEBHOOK_NOT_FOUND */
  async delete(id: number, actor: string): Promise<void> {
    await this.#change(id, webhook => {
      Object.assign(webhook, {
        state: 'disabled',
        disabledReason: 'by_request',
        deletedAt: this.clock.now(),
      });
      return this.audit.record(actor, 'webhook.deleted', formatId('webhook', id), {});
    });
  }

  /**
   * A new secret, told this once. The old one signs beside it for so many hours, so that the receiver can be told in peace.
   * @throws DomainError WEBHOOK_NOT_FOUND
   */
  async rotateSecret(
    id: number,
    keepOldHours: number,
    actor: string,
  ): Promise<{ webhook: Webhook; secret: string }> {
    const secret = newSecret();
    const webhook = await this.#change(id, webhook => {
      const oldUntil = new Date(this.clock.now().getTime() + keepOldHours * HOUR_MS);
      const old =
        keepOldHours > 0 ? { oldSecret: webhook.secret, oldUntil } : { oldSecret: null, oldUntil: null };
      Object.assign(webhook, old, { secret: this.secrets.seal(secret) });
      return this.audit.record(actor, 'webhook.secret_rotated', formatId('webhook', id), { keepOldHours });
    });
    return { webhook, secret: formatSecret(secret) };
  }

  /** Calls the receiver now, disabled or not, and tells how it answered. @throws DomainError WEBHOOK_NOT_FOUND, WEBHOOK_SECRET_LOST */
  async ping(id: number): Promise<PingResult> {
    const webhook = await this.get(id);
    const opened = this.secrets.open(webhook.secret);
    if (!opened) throw secretLost();
    const now = this.clock.now();
    const body = testBody(id, now);
    const headers = signedHeaders(`evt_test_${id}_${now.getTime()}`, body, [opened.secret], now);
    const began = performance.now();
    const result = await this.client.post(webhook.url, headers, body);
    return { ...result, milliseconds: Math.round(performance.now() - began) };
  }

  /**
   * Tells it again everything it wants to know from there on, in order, whether it heard of it or not. At most 50,000
   * events at a time; the answer names the one to go on with.
   * @throws DomainError WEBHOOK_NOT_FOUND, WEBHOOK_DISABLED
   */
  async replay(
    id: number,
    from: ReplayFrom,
    actor: string,
  ): Promise<{ events: number; nextEventId: number | null }> {
    const answer = await this.db.transaction(async () => {
      const webhook = await this.repository.lock(id);
      if (!webhook) throw notFound('webhook', formatId('webhook', id));
      if (webhook.state === 'disabled') throw webhookDisabled();
      const replayed = await this.deliveries.replay(id, webhook.kinds, from, MOST_REPLAYED, this.clock.now());
      await this.audit.record(actor, 'webhook.replayed', formatId('webhook', id), {
        ...from,
        events: replayed.events,
      });
      return replayed;
    });
    await this.queue.wake('deliver-webhooks', {});
    return answer;
  }

  /** @throws DomainError WEBHOOK_NOT_FOUND */
  async listDeliveries(
    id: number,
    request: PageRequest,
    state: DeliveryState | null,
  ): Promise<Page<Delivery>> {
    await this.get(id);
    return toPage(await this.deliveries.list(id, request, state), request.limit, delivery => delivery);
  }

  /** Seals with the newest key what only an older one opens, before the older one is taken out of the configuration. */
  async sealAnew(): Promise<void> {
    const request = { limit: MOST_WEBHOOKS };
    for (const { id, secret, oldSecret } of await this.repository.list(request)) {
      const isOld = [secret, oldSecret].some(sealed => sealed && this.secrets.open(sealed)?.isOld);
      if (!isOld) continue;
      await this.#change(id, webhook => {
        const anew = (sealed: Buffer): Buffer => {
          const opened = this.secrets.open(sealed);
          return opened ? this.secrets.seal(opened.secret) : sealed;
        };
        webhook.secret = anew(webhook.secret);
        webhook.oldSecret = webhook.oldSecret && anew(webhook.oldSecret);
        return Promise.resolve();
      });
    }
  }

  async #change(id: number, change: (webhook: Webhook) => Promise<void>): Promise<Webhook> {
    return this.db.transaction(async () => {
      const webhook = await this.repository.lock(id);
      if (!webhook) throw notFound('webhook', formatId('webhook', id));
      await change(webhook);
      return this.repository.save({ ...webhook, updatedAt: this.clock.now() });
    });
  }

  #checkUrl(url: string): void {
    const trouble = this.#addresses.troubleWith(url);
    if (trouble !== null) throw urlRefused(trouble);
  }
}

/** Each kind once. */
function ordered(kinds: OutgoingEventKind[] | null): OutgoingEventKind[] | null {
  return kinds && [...new Set(kinds)];
}
