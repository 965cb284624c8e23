import { DomainError } from '#common';

const refusal = (code: string, message: string): DomainError =>
  new DomainError({ kind: 'unauthenticated', code, message });

export const shopNameTaken = (name: string): DomainError =>
  new DomainError({
    kind: 'conflict',
    code: 'SHOP_NAME_TAKEN',
    message: `There is a shop "${name}" already. Choose another name.`,
  });

export const shopInUse = (): DomainError =>
  new DomainError({
    kind: 'conflict',
    code: 'SHOP_IN_USE',
    message:
      'This shop has orders, or a sequence listens to it, and must stay. To hear nothing more of it, remove the webhook there.',
  });

/** @param path which topic of the request it is */
export const topicUnfit = (path: string, code: string, message: string): DomainError =>
  new DomainError({ kind: 'unprocessable', code, message, details: [{ path, code, message }] });

export const secretUnfit = (message: string): DomainError =>
  new DomainError({
    kind: 'unprocessable',
    code: 'SHOP_SECRET_UNFIT',
    message,
    details: [{ path: 'secret', code: 'SHOP_SECRET_UNFIT', message }],
  });

export const webhookNotConfigured = (): DomainError =>
  new DomainError({
    kind: 'not_found',
    code: 'WEBHOOK_NOT_CONFIGURED',
    message: 'Nobody has said yet what this shop signs with (POST /v1/shops/:id/secret).',
  });

export const webhookUnsigned = (): DomainError =>
  refusal('WEBHOOK_UNSIGNED', 'The webhook bears no signature.');

export const signatureInvalid = (): DomainError =>
  refusal('WEBHOOK_SIGNATURE_INVALID', 'The signature is not that of this shop over these bytes.');

export const webhookTooOld = (): DomainError =>
  refusal('WEBHOOK_TOO_OLD', 'The webhook is of another time than now. Check the clocks on both sides.');

/** @param path what is missing or of the wrong form */
export const webhookUnreadable = (path: string): DomainError => {
  const message = `The webhook cannot be read: ${path}.`;
  const details = [{ path, code: 'WEBHOOK_UNREADABLE', message }];
  return new DomainError({ kind: 'invalid', code: 'WEBHOOK_UNREADABLE', message, details });
};
