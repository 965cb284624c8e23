import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { AuditTrail } from '#access';
import { Clock, formatId, type Locale, type LocalizedText, notFound, type Page } from '#common';
import { SendersService } from '#consent';
import { brokenForeignKey, brokenUnique, Database, type PageRequest, toPage } from '#database';
import { SecretBox } from '#webhooks';
import { newShopSecret, secretBytes } from './shop-secret.js';
import { type Shop, type ShopKind } from './shop.entity.js';
import { shopInUse, shopNameTaken, topicUnfit } from './shop.errors.js';
import { ShopRepository } from './shop.repository.js';

const HOUR_MS = 60 * 60 * 1000;

/** What its checkout shows of offers, and on whose behalf: of an order from before a change nobody can say it was shown. */
const shownInCheckout = ['senderId', 'marketingTopicId', 'refusalText', 'consentText', 'locale'] as const;

/** Everything of a shop that a caller sets. */
export interface ShopFields {
  name: string;
  senderId: number;
  serviceTopicIds: number[];
  marketingTopicId: number | null;
  refusalText: LocalizedText | null;
  consentText: LocalizedText | null;
  locale: Locale | null;
}

/** A shop, and its secret where it was made just now: told this once. */
export interface ShopWithSecret {
  shop: Shop;
  secret: string | null;
}

/** Where orders come from. */
@Injectable()
export class ShopsService {
  constructor(
    private readonly db: Database,
    private readonly repository: ShopRepository,
    private readonly senders: SendersService,
    private readonly secrets: SecretBox,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
  ) {}

  /**
   * @param secret what the shop signs with; left out, one is made for a generic shop, and others have none until they are given it
   * @throws DomainError SHOP_NAME_TAKEN, SHOP_SECRET_UNFIT, SENDER_NOT_FOUND, TOPIC_NOT_FOUND, TOPIC_OF_ANOTHER_SENDER,
   * TOPIC_PURPOSE_UNFIT
   */
  async create(
    kind: ShopKind,
    fields: ShopFields,
    secret: string | null,
    actor: string,
  ): Promise<ShopWithSecret> {
    const made = secret === null && kind === 'generic' ? newShopSecret() : null;
    const text = secret ?? made;
    const sealed = text === null ? null : this.secrets.seal(secretBytes(kind, text));
    const now = this.clock.now();
    return refusingTaken(fields.name, () =>
      this.db.transaction(async () => {
        await this.#check(fields);
        const shop = await this.repository.insert({
          ...{ ...fields, kind, secret: sealed, previousSecret: null, previousUntil: null },
          ...{ offersSince: now, senderSince: null, createdAt: now, updatedAt: now },
        });
        await this.audit.record(actor, 'shop.created', formatId('shop', shop.id), { kind });
        return { shop, secret: made };
      }),
    );
  }

  /** @throws DomainError SHOP_NOT_FOUND */
  async get(id: number): Promise<Shop> {
    const shop = await this.repository.find(id);
    if (!shop) throw notFound('shop', formatId('shop', id));
    return shop;
  }

  /** @param senderId only those of this sender; null: all */
  async list(request: PageRequest, senderId: number | null = null): Promise<Page<Shop>> {
    return toPage(await this.repository.list(request, senderId), request.limit, shop => shop);
  }

  /**
   * Replaces all that can be set; its kind and its secret stay. Where what its checkout shows is another, only orders from now
   * on are a ground for offers. Throws as `create`, and SHOP_NOT_FOUND.
   */
  async replace(id: number, fields: ShopFields, actor: string): Promise<Shop> {
    return refusingTaken(fields.name, () =>
      this.db.transaction(async () => {
        const shop = await this.#lock(id);
        await this.#check(fields);
        const now = this.clock.now();
        const isOther = shownInCheckout.some(field => !isDeepStrictEqual(shop[field], fields[field]));
        const saved = await this.repository.save({
          ...{ ...shop, ...fields, updatedAt: now },
          ...(isOther ? { offersSince: now } : {}),
          ...(shop.senderId === fields.senderId ? {} : { senderSince: now }),
        });
        await this.audit.record(actor, 'shop.updated', formatId('shop', id), {});
        return saved;
      }),
    );
  }

  /** @throws DomainError SHOP_NOT_FOUND, SHOP_IN_USE once it has orders */
  async delete(id: number, actor: string): Promise<void> {
    try {
      await this.db.transaction(async () => {
        await this.#lock(id);
        await this.repository.delete(id);
        await this.audit.record(actor, 'shop.deleted', formatId('shop', id), {});
      });
    } catch (error) {
      throw brokenForeignKey(error) === null ? error : shopInUse();
    }
  }

  /**
   * Another secret; the one before is heard for so many hours more, so that the shop can be told in peace.
   * @param secret null: one of ours, for a generic shop
   * @throws DomainError SHOP_NOT_FOUND, SHOP_SECRET_UNFIT
   */
  async changeSecret(
    id: number,
    secret: string | null,
    keepOldHours: number,
    actor: string,
  ): Promise<ShopWithSecret> {
    return this.db.transaction(async () => {
      const shop = await this.#lock(id);
      const made = secret === null && shop.kind === 'generic' ? newShopSecret() : null;
      const now = this.clock.now();
      const isKept = keepOldHours > 0 && shop.secret !== null;
      const saved = await this.repository.save({
        ...shop,
        secret: this.secrets.seal(secretBytes(shop.kind, secret ?? made ?? '')),
        previousSecret: isKept ? shop.secret : null,
        previousUntil: isKept ? new Date(now.getTime() + keepOldHours * HOUR_MS) : null,
        updatedAt: now,
      });
      await this.audit.record(actor, 'shop.secret_changed', formatId('shop', id), { keepOldHours });
      return { shop: saved, secret: made };
    });
  }

  /** What may have signed a webhook of the shop now. Sealed anew where only an older ITHN_SECRET opens it. */
  async secretsOf({ id, secret, previousSecret, previousUntil }: Shop): Promise<Buffer[]> {
    const isHeard = previousUntil !== null && previousUntil > this.clock.now();
    const opened = [secret, isHeard ? previousSecret : null].flatMap(sealed =>
      sealed ? (this.secrets.open(sealed) ?? []) : [],
    );
    if (opened.some(({ isOld }) => isOld)) await this.#sealAnew(id);
    return opened.map(one => one.secret);
  }

  async #sealAnew(id: number): Promise<void> {
    const anew = (sealed: Buffer | null): Buffer | null => {
      const opened = sealed && this.secrets.open(sealed);
      return opened ? this.secrets.seal(opened.secret) : sealed;
    };
    await this.db.transaction(async () => {
      const shop = await this.#lock(id);
      const { secret, previousSecret } = shop;
      await this.repository.save({ ...shop, secret: anew(secret), previousSecret: anew(previousSecret) });
    });
  }

  async #lock(id: number): Promise<Shop> {
    const shop = await this.repository.lock(id);
    if (!shop) throw notFound('shop', formatId('shop', id));
    return shop;
  }

  async #check({ senderId, serviceTopicIds, marketingTopicId }: ShopFields): Promise<void> {
    await this.senders.get(senderId);
    for (const [at, topicId] of serviceTopicIds.entries()) {
      await this.#checkTopic(`serviceTopicIds.${at}`, topicId, senderId, ['service', 'transactional']);
    }
    if (marketingTopicId !== null) {
      await this.#checkTopic('marketingTopicId', marketingTopicId, senderId, ['marketing']);
    }
  }

  async #checkTopic(path: string, topicId: number, senderId: number, purposes: string[]): Promise<void> {
    const topic = await this.senders.getTopic(topicId);
    if (topic.senderId !== senderId) {
      throw topicUnfit(
        path,
        'TOPIC_OF_ANOTHER_SENDER',
        'This topic belongs to another sender than the shop.',
      );
    }
    if (!purposes.includes(topic.purpose)) {
      const message = `This topic is for ${topic.purpose.replace('_', ' ')}; it must be for ${purposes.join(' or ')}.`;
      throw topicUnfit(path, 'TOPIC_PURPOSE_UNFIT', message);
    }
  }
}

async function refusingTaken<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (brokenUnique(error) !== 'shop_name_key') throw error;
    throw shopNameTaken(name);
  }
}
