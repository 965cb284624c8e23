import { brevoProvider } from './brevo.provider.js';
import { type Fetcher, HttpsFetcher } from './limited-fetch.js';
import { mailgunProvider } from './mailgun.provider.js';
import { postmarkProvider } from './postmark.provider.js';
import { type WebhookProvider } from './provider.js';
import { sendgridProvider } from './sendgrid.provider.js';
import { sesProvider } from './ses.provider.js';
import { SnsCertificates } from './sns-certificates.js';

/** Every provider by its name, which is also what stands in the URL that it is given. */
export function webhookProviders(
  fetcher: Fetcher = new HttpsFetcher(),
): ReadonlyMap<string, WebhookProvider> {
  const providers = [
    sesProvider(new SnsCertificates(fetcher)),
    sendgridProvider,
    mailgunProvider,
    postmarkProvider,
    brevoProvider,
  ];
  return new Map(providers.map(provider => [provider.name, provider]));
}

/** Says yes to a subscription of Amazon SNS. @param url of a `confirm`. @throws Error when Amazon does not answer 200 */
export async function confirmSubscription(url: string, fetcher: Fetcher = new HttpsFetcher()): Promise<void> {
  await fetcher.fetch(new URL(url), { mostBytes: 64 * 1024, withinMs: 5000 });
}
