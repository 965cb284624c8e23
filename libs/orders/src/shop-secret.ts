import { createHmac, randomBytes } from 'node:crypto';
import { sameText } from '#common';
import { signatureInvalid, secretUnfit, webhookTooOld, webhookUnsigned } from './shop.errors.js';
import { type ShopKind } from './shop.entity.js';

/** A webhook as it came in. */
export interface ShopWebhook {
  /** Names in lower case. */
  headers: Record<string, string | undefined>;
  body: Buffer;
}

const MINUTE_MS = 60_000;
/** How far ahead a shop's clock may be. */
export const CLOCK_SKEW_MS = 5 * MINUTE_MS;
/** Standard Webhooks sign the time of each attempt, so that a retry is as young as a first call. */
const STANDARD_AGE_MS = 5 * MINUTE_MS;
/**
 * Shopify and Salla send a retry as it was first sent, with the first time. Shopify tries for 4 hours, and until September
 * 2024 did for 48; whoever relays its webhooks may still keep them for two days. A younger limit would lose orders of a long
 * night, and an older word could undo nothing anyway. (Shopify's time is a header, which its signature does not cover: the
 * limit keeps out what is late, not who lies. Whoever sends a captured body again meets `signedBody`.)
 */
const RETRIED_AGE_MS = 72 * 60 * MINUTE_MS;

const PREFIX = 'whsec_';
const SECRET_BYTES = 32;
const [LEAST_BYTES, MOST_BYTES] = [16, 200];

/** Ours, for a shop that has none of its own (Standard Webhooks 1.0). */
export function newShopSecret(): string {
  return PREFIX + randomBytes(SECRET_BYTES).toString('base64');
}

/**
 * What a shop signs with, as it is kept.
 * @throws DomainError SHOP_SECRET_UNFIT
 */
export function secretBytes(kind: ShopKind, text: string): Buffer {
  const isOurs = kind === 'generic';
  if (isOurs && !/^whsec_[A-Za-z0-9+/]+={0,2}$/.test(text)) {
    throw secretUnfit(
      'A secret of this kind of shop begins with whsec_, then base64. Leave it out to get one.',
    );
  }
  const secret = isOurs ? Buffer.from(text.slice(PREFIX.length), 'base64') : Buffer.from(text);
  if (secret.length < LEAST_BYTES || secret.length > MOST_BYTES) {
    throw secretUnfit(`A secret has ${LEAST_BYTES} to ${MOST_BYTES} bytes. Choose a longer one in the shop.`);
  }
  return secret;
}

/**
 * Whether the webhook is this shop's.
 * @param secrets any of them may have signed
 * @throws DomainError WEBHOOK_UNSIGNED, WEBHOOK_SIGNATURE_INVALID
 */
export function verifySignature(kind: ShopKind, webhook: ShopWebhook, secrets: readonly Buffer[]): void {
  if (!secrets.some(secret => proofs[kind](webhook, secret))) throw signatureInvalid();
}

/** Whether it is of now, where its headers say. @throws DomainError WEBHOOK_TOO_OLD */
export function checkSentTime(kind: ShopKind, webhook: ShopWebhook, now: Date): void {
  const sentAt = sentAtOf[kind]?.(webhook);
  if (sentAt === undefined) return;
  checkAge(sentAt, kind === 'generic' ? STANDARD_AGE_MS : RETRIED_AGE_MS, now);
}

/** The same for a time that stands within the body. @throws DomainError WEBHOOK_TOO_OLD */
export function checkSentAt(sentAt: Date, now: Date): void {
  checkAge(sentAt, RETRIED_AGE_MS, now);
}

function checkAge(sentAt: Date | null, most: number, now: Date): void {
  const age = sentAt === null ? NaN : now.getTime() - sentAt.getTime();
  if (!(age <= most && age >= -CLOCK_SKEW_MS)) throw webhookTooOld();
}

/** Whether a secret signed it, compared in a time that tells nothing. @throws DomainError WEBHOOK_UNSIGNED */
const proofs: Record<ShopKind, (webhook: ShopWebhook, secret: Buffer) => boolean> = {
  shopify: ({ headers, body }, secret) =>
    sameText(signed(headers['x-shopify-hmac-sha256']), mac(secret, body).toString('base64')),
  woocommerce: ({ headers, body }, secret) =>
    sameText(signed(headers['x-wc-webhook-signature']), mac(secret, body).toString('base64')),
  salla: ({ headers, body }, secret) => {
    if (headers['x-salla-security-strategy']?.toLowerCase() === 'token') {
      return sameText(signed(headers['authorization']).replace(/^Bearer /i, ''), secret.toString());
    }
    const given = signed(headers['x-salla-signature']).replace(/^sha256=/, '');
    return sameText(given.toLowerCase(), mac(secret, body).toString('hex'));
  },
  generic: ({ headers, body }, secret) => {
    const id = signed(headers['webhook-id']);
    const time = signed(headers['webhook-timestamp']);
    const wanted = `v1,${mac(secret, Buffer.concat([Buffer.from(`${id}.${time}.`), body])).toString('base64')}`;
    return signed(headers['webhook-signature'])
      .split(' ')
      .some(given => sameText(given, wanted));
  },
};

/** When it was sent by what its headers say; of kinds that are not here they say nothing. null: unreadable. */
const sentAtOf: Partial<Record<ShopKind, (webhook: ShopWebhook) => Date | null | undefined>> = {
  // Every delivery bears it (shopify.dev, "Webhooks delivery structure").
  shopify: ({ headers }) => validDate(new Date(headers['x-shopify-triggered-at'] ?? '')),
  generic: ({ headers }) => {
    const seconds = headers['webhook-timestamp'] ?? '';
    return /^\d{1,12}$/.test(seconds) ? validDate(new Date(Number(seconds) * 1000)) : null;
  },
};

function validDate(date: Date): Date | null {
  return Number.isNaN(date.getTime()) ? null : date;
}

function mac(secret: Buffer, bytes: Buffer): Buffer {
  return createHmac('sha256', secret).update(bytes).digest();
}

function signed(header: string | undefined): string {
  if (header === undefined || header === '') throw webhookUnsigned();
  return header;
}
