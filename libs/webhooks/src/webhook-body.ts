import { formatId } from '#common';
import { type ClaimedDelivery } from './delivery.repository.js';
import { TEST_KIND } from './event-kinds.js';

/** What a receiver gets: `type`, `timestamp` and `data` (Standard Webhooks, "Payload structure"), the same with every attempt. */
export function bodyOf({ kind, contactId, subject, payload, occurredAt }: ClaimedDelivery): string {
  const contact = contactId === null ? {} : { contactId: formatId('contact', contactId) };
  return JSON.stringify({
    type: kind,
    timestamp: occurredAt.toISOString(),
    data: { ...contact, ...subject, ...payload },
  });
}

export function testBody(webhookId: number, now: Date): string {
  return JSON.stringify({
    type: TEST_KIND,
    timestamp: now.toISOString(),
    data: { webhookId: formatId('webhook', webhookId) },
  });
}
