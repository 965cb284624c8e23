import { DomainError } from '#common';

export const urlRefused = (message: string): DomainError =>
  new DomainError({ kind: 'unprocessable', code: 'WEBHOOK_URL_REFUSED', message });

export const tooManyWebhooks = (most: number): DomainError =>
  new DomainError({
    kind: 'conflict',
    code: 'TOO_MANY_WEBHOOKS',
    message: `There are ${most} webhooks already. Delete one, or let one receiver hand the events on.`,
  });

export const webhookDisabled = (): DomainError =>
  new DomainError({
    kind: 'conflict',
    code: 'WEBHOOK_DISABLED',
    message: 'This webhook is disabled. Enable it first (enabled: true).',
  });

export const secretLost = (): DomainError =>
  new DomainError({
    kind: 'conflict',
    code: 'WEBHOOK_SECRET_LOST',
    message:
      'The secret of this webhook was sealed with an ITHN_SECRET that is no longer configured. Make a new one (POST .../secret).',
  });
