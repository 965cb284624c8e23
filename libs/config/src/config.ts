import { hkdfSync } from 'node:crypto';
import { configSchema, type Environment } from './config.schema.js';
import {
  type WebhookConfig,
  webhookConfig,
  webhookProblems,
  type WebhookVariable,
  withoutWebhooks,
} from './webhook-config.js';

const MIN_SECRET_LENGTH = 32;

/** Everything a process needs to know, read once and checked. */
export interface Config
  extends
    Omit<
      Environment,
      | 'SMTP_URL'
      | 'TRUSTED_PROXIES'
      | 'ITHN_SECRET'
      | 'ITHN_ADDRESS_KEY'
      | 'TWILIO_ACCOUNT_SID'
      | 'TWILIO_AUTH_TOKEN'
      | WebhookVariable
    >,
    WebhookConfig {
  /** Where customers reach the pages; no trailing slash. */
  publicUrl: string;
  /** Relays in order; empty means the sandbox inbox. */
  smtpUrls: string[];
  /** The account that SMS leave through; the first token sends, all of them prove. null: no SMS is sent. */
  twilio: { accountSid: string; authTokens: string[] } | null;
  trustedProxies: string[];
  /** The first signs, all verify. */
  tokenKeys: Buffer[];
  /** Newest first. An address is hashed with all of them, the oldest first. */
  addressKeys: Buffer[];
}

/** A wrong or missing variable; the message names each one and says how to mend it. */
export class ConfigError extends Error {
  constructor(problems: string[]) {
    super(`The configuration cannot be used:\n${problems.map(problem => `  - ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}

/**
 * Reads and checks the configuration.
 * @throws ConfigError naming every variable that is wrong.
 */
export function loadConfig(environment: Record<string, string | undefined> = process.env): Config {
  // An empty variable is an unset one: compose files and shells cannot tell them apart.
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = configSchema.safeParse(given);
  if (!parsed.success) {
    throw new ConfigError(parsed.error.issues.map(issue => `${issue.path.join('.')}: ${issue.message}`));
  }
  const { SMTP_URL, TRUSTED_PROXIES, ITHN_SECRET, ITHN_ADDRESS_KEY, ...others } = parsed.data;
  const { TWILIO_ACCOUNT_SID: accountSid, TWILIO_AUTH_TOKEN, ...rest } = others;
  const authTokens = list(TWILIO_AUTH_TOKEN);
  const secrets = list(ITHN_SECRET);
  const addressSecrets = list(ITHN_ADDRESS_KEY);
  const webhooks = webhookConfig(parsed.data, list);
  const problems = [
    ...secretProblems(secrets),
    ...addressKeyProblems(addressSecrets),
    ...smtpProblems(list(SMTP_URL)),
    ...dkimProblems(parsed.data),
    ...twilioProblems(accountSid, authTokens),
    ...sendingProblems(parsed.data),
    ...feedbackProblems(parsed.data),
    ...webhookProblems(webhooks),
  ];
  if (problems.length > 0) throw new ConfigError(problems);
  // The oldest secret is the one that stays when secrets are rotated.
  if (addressSecrets.length === 0) addressSecrets.push(secrets.at(-1) as string);
  return {
    ...withoutWebhooks(rest),
    ...webhooks,
    publicUrl: (
      rest.PUBLIC_URL ?? `http://${rest.HOST === '0.0.0.0' ? 'localhost' : rest.HOST}:${rest.PORT}`
    ).replace(/\/+$/, ''),
    smtpUrls: list(SMTP_URL),
    twilio: accountSid === undefined ? null : { accountSid, authTokens },
    trustedProxies: list(TRUSTED_PROXIES),
    tokenKeys: secrets.map(secret => derive(secret, 'ithn link tokens')),
    addressKeys: addressSecrets.map(secret => derive(secret, 'ithn address hashes')),
  };
}

function list(text: string | undefined): string[] {
  return (text ?? '')
    .split(',')
    .map(item => item.trim())
    .filter(item => item !== '');
}

/** One secret, several keys: a key used for links tells nothing about the one used for addresses (RFC 5869). */
function derive(secret: string, use: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', use, 32));
}

function secretProblems(secrets: string[]): string[] {
  if (secrets.length === 0) {
    return [
      'ITHN_SECRET: is missing. Set it to 32 or more random characters, e.g. from `openssl rand -hex 32`.',
    ];
  }
  return secrets.some(secret => secret.length < MIN_SECRET_LENGTH)
    ? [`ITHN_SECRET: every secret needs at least ${MIN_SECRET_LENGTH} characters.`]
    : [];
}

function addressKeyProblems(secrets: string[]): string[] {
  const problems: string[] = [];
  if (secrets.some(secret => secret.length < MIN_SECRET_LENGTH))
    problems.push(`ITHN_ADDRESS_KEY: every key needs at least ${MIN_SECRET_LENGTH} characters.`);
  if (new Set(secrets).size < secrets.length)
    problems.push('ITHN_ADDRESS_KEY: a key stands in it twice. Name each once, the newest first.');
  return problems;
}

function smtpProblems(urls: string[]): string[] {
  return urls
    .filter(url => !/^smtps?:$/.test(protocolOf(url)))
    .map(() => 'SMTP_URL: every relay must look like smtp://user:password@host:587 or smtps://host:465.');
}

function twilioProblems(accountSid: string | undefined, authTokens: string[]): string[] {
  return (accountSid === undefined) === (authTokens.length === 0)
    ? []
    : ['TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN: set both or none.'];
}

function protocolOf(url: string): string {
  try {
    return new URL(url).protocol;
  } catch {
    return '';
  }
}

/** Messages that a worker's runners may have in open commits. One that a frequency cap concerns holds an advisory lock. */
const MOST_IN_COMMITS = 3000;

function feedbackProblems({ FEEDBACK_DOMAIN, FEEDBACK_SMTP_PORT }: Environment): string[] {
  return FEEDBACK_SMTP_PORT !== undefined && FEEDBACK_DOMAIN === undefined
    ? ['FEEDBACK_SMTP_PORT: it takes mail for FEEDBACK_DOMAIN, which is not set.']
    : [];
}

function sendingProblems({ SENDING_BATCH, SENDING_RUNNERS }: Environment): string[] {
  const product = SENDING_BATCH * SENDING_RUNNERS;
  return product <= MOST_IN_COMMITS
    ? []
    : [
        `SENDING_BATCH: times SENDING_RUNNERS it is ${product}, and PostgreSQL has no room for so many locks at once. ` +
          `Lower one of them, so that it is at most ${MOST_IN_COMMITS}.`,
      ];
}

function dkimProblems(env: Environment): string[] {
  const parts = [env.DKIM_DOMAIN, env.DKIM_SELECTOR, env.DKIM_PRIVATE_KEY];
  const set = parts.filter(part => part !== undefined).length;
  return set === 0 || set === parts.length
    ? []
    : ['DKIM_DOMAIN, DKIM_SELECTOR and DKIM_PRIVATE_KEY: set all three or none.'];
}
