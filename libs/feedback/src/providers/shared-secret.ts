import { sameText } from '#common';
import { type ProviderRequest } from './provider.js';

/** Whether the text is one of these; every one is compared, so that the time does not tell which. */
export function isOneOf(given: string, wanted: readonly string[]): boolean {
  return wanted.reduce((found, one) => sameText(given, one) || found, false);
}

/**
 * What a provider that signs nothing shows of the secret it was given: HTTP basic (the password, or user and password
 * where the secret is written so), a bearer token, the header `X-Webhook-Secret`, or `?secret=` in the URL. Null: none.
 */
export function shownSecrets({ headers, query }: ProviderRequest): string[] | null {
  const shown: string[] = [];
  const authorization = /^(basic|bearer) +(\S{1,2000})$/i.exec(headers['authorization'] ?? '');
  if (authorization?.[1]?.toLowerCase() === 'bearer') shown.push(authorization[2] as string);
  else if (authorization) {
    const pair = Buffer.from(authorization[2] as string, 'base64').toString('utf8');
    shown.push(pair, pair.slice(pair.indexOf(':') + 1));
  }
  const header = headers['x-webhook-secret'];
  if (header !== undefined) shown.push(header);
  const inUrl = query?.['secret'];
  if (typeof inUrl === 'string') shown.push(inUrl);
  return shown.length === 0 ? null : shown;
}

/** Whether the request shows one of the secrets; null when it shows none at all. */
export function showsSecret(request: ProviderRequest, secrets: readonly string[]): boolean | null {
  const shown = shownSecrets(request);
  return shown === null ? null : shown.reduce((found, one) => isOneOf(one, secrets) || found, false);
}
