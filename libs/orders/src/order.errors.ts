import { DomainError } from '#common';

export const currencyUnknown = (currency: string, path: string): DomainError => {
  const message = `"${currency.slice(0, 20)}" is not a currency of ISO 4217, such as SAR or EUR.`;
  const details = [{ path, code: 'CURRENCY_UNKNOWN', message }];
  return new DomainError({ kind: 'unprocessable', code: 'CURRENCY_UNKNOWN', message, details });
};

export const amountInvalid = (path: string): DomainError => {
  const message = `${path} is no amount: at most 9 digits, then decimals, as in 12.50.`;
  const details = [{ path, code: 'AMOUNT_INVALID', message }];
  return new DomainError({ kind: 'unprocessable', code: 'AMOUNT_INVALID', message, details });
};

export const timeInFuture = (path: string): DomainError => {
  const message = `${path} lies in the future. Send the time at which it happened, in UTC.`;
  const details = [{ path, code: 'TIME_IN_FUTURE', message }];
  return new DomainError({ kind: 'unprocessable', code: 'TIME_IN_FUTURE', message, details });
};

export const tickedLater = (path: string): DomainError => {
  const message = `${path} lies after toldAt: what is told of an order at one moment was ticked by then.`;
  const details = [{ path, code: 'TICKED_LATER', message }];
  return new DomainError({ kind: 'unprocessable', code: 'TICKED_LATER', message, details });
};

/** Its details are asked for, and only something that came later was told yet. */
export const orderUntold = (): DomainError =>
  new DomainError({
    kind: 'conflict',
    code: 'ORDER_UNTOLD',
    message: 'Of this order only a later part was told yet. Tell the whole order first (POST /v1/orders).',
  });
