import { LARGEST_BODY, parseJson } from './json-body.js';
import {
  notConfigured,
  type ProviderRequest,
  type ProviderSecrets,
  type Received,
  type Refusal,
  refused,
  type WebhookProvider,
} from './provider.js';
import { showsSecret } from './shared-secret.js';

/** Most events of one request; the largest body has room for about as many. */
export const MOST_EVENTS = 10_000;

export const tooManyEvents = (): Refusal =>
  refused('WEBHOOK_TOO_LARGE', `The body has more than ${MOST_EVENTS} events.`);

/** A provider whose `receive` keeps its promise: what throws is a body we did not foresee, and is refused as unreadable. */
export function guarded(
  name: string,
  receive: (request: ProviderRequest, secrets: ProviderSecrets, now: Date) => Promise<Received> | Received,
): WebhookProvider {
  return {
    name,
    receive: async (request, secrets, now) => {
      if (request.body.length > LARGEST_BODY) {
        return refused('WEBHOOK_TOO_LARGE', `The body is larger than ${LARGEST_BODY} bytes.`);
      }
      try {
        return await receive(request, secrets, now);
      } catch {
        return refused('WEBHOOK_UNREADABLE', 'The body is not such as this provider sends.');
      }
    },
  };
}

/** The body of a request that shows a secret of ours; the secret is looked at first. */
export function bodyUnderSecret(
  request: ProviderRequest,
  secrets: readonly string[],
  variable: string,
): { value: unknown } | Refusal {
  if (secrets.length === 0) return notConfigured(variable);
  const shows = showsSecret(request, secrets);
  if (shows === null) {
    return refused('WEBHOOK_UNSIGNED', `The request shows no secret. Give the provider that of ${variable}.`);
  }
  if (!shows) return refused('WEBHOOK_SIGNATURE_INVALID', `The secret is not that of ${variable}.`);
  return parseJson(request.body);
}
