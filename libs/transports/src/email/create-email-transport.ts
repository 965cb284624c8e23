import { type Logger } from '#common';
import { type Config } from '#config';
import { type EmailTransport } from './email-transport.js';
import { DkimSigner } from './mime/dkim-signer.js';
import { parseRelayUrl } from './smtp/relay-options.js';
import { SmtpTransport } from './smtp/smtp-transport.js';

type EmailConfig = Pick<
  Config,
  'smtpUrls' | 'SMTP_CONNECTIONS' | 'INBOX_SMTP_PORT' | 'DKIM_DOMAIN' | 'DKIM_SELECTOR' | 'DKIM_PRIVATE_KEY'
>;

/**
 * The transport that the configuration describes. Without a relay it is the sandbox inbox, over real SMTP.
 * @throws Error that names the variable and how to mend it.
 */
export function createEmailTransport(config: EmailConfig, logger: Logger): EmailTransport {
  const urls =
    config.smtpUrls.length > 0 ? config.smtpUrls : [`smtp://127.0.0.1:${config.INBOX_SMTP_PORT}?tls=off`];
  return new SmtpTransport(
    urls.map(url => parseRelayUrl(url, config.SMTP_CONNECTIONS)),
    logger,
    createSigner(config),
  );
}

function createSigner({ DKIM_DOMAIN, DKIM_SELECTOR, DKIM_PRIVATE_KEY }: EmailConfig): DkimSigner | null {
  if (DKIM_DOMAIN === undefined || DKIM_SELECTOR === undefined || DKIM_PRIVATE_KEY === undefined) return null;
  return new DkimSigner(DKIM_DOMAIN, DKIM_SELECTOR, DKIM_PRIVATE_KEY);
}
