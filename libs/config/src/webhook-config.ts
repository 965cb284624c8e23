import { createPublicKey } from 'node:crypto';
import { isIP } from 'node:net';
import { type Environment } from './config.schema.js';

const variables = [
  ...(['SES_TOPIC_ARNS', 'SES_WEBHOOK_SECRET', 'SENDGRID_WEBHOOK_KEY', 'MAILGUN_SIGNING_KEY'] as const),
  ...(['POSTMARK_WEBHOOK_SECRET', 'BREVO_WEBHOOK_SECRET', 'WEBHOOK_NETWORKS'] as const),
];
export type WebhookVariable = (typeof variables)[number];

/** The environment without these variables, which `WebhookConfig` says in lists. */
export function withoutWebhooks<Given extends object>(given: Given): Omit<Given, WebhookVariable> {
  const others = Object.entries(given).filter(([name]) => !variables.some(variable => variable === name));
  return Object.fromEntries(others) as Omit<Given, WebhookVariable>;
}

/** What the configuration says of webhooks, those that come in and those that go out. */
export interface WebhookConfig {
  /** What tells the providers' webhooks from anybody's; an empty list: that provider is not listened to. */
  providerSecrets: {
    sesTopicArns: string[];
    sesSecrets: string[];
    sendgridKeys: string[];
    mailgunKeys: string[];
    postmarkSecrets: string[];
    brevoSecrets: string[];
  };
  /** Networks of the operator's own that outgoing webhooks may call, as `10.1.0.0/16`. */
  webhookNetworks: string[];
}

type Given = Pick<Environment, WebhookVariable>;

export function webhookConfig(env: Given, list: (text: string | undefined) => string[]): WebhookConfig {
  return {
    providerSecrets: {
      sesTopicArns: list(env.SES_TOPIC_ARNS),
      sesSecrets: list(env.SES_WEBHOOK_SECRET),
      sendgridKeys: list(env.SENDGRID_WEBHOOK_KEY),
      mailgunKeys: list(env.MAILGUN_SIGNING_KEY),
      postmarkSecrets: list(env.POSTMARK_WEBHOOK_SECRET),
      brevoSecrets: list(env.BREVO_WEBHOOK_SECRET),
    },
    webhookNetworks: list(env.WEBHOOK_NETWORKS),
  };
}

const TOPIC_ARN = /^arn:(aws|aws-cn|aws-us-gov):sns:[a-z0-9-]{5,30}:\d{12}:[A-Za-z0-9_.-]{1,256}$/;
const LEAST_SECRET = 16;

/** A sentence for each variable that cannot be used. */
export function webhookProblems({ providerSecrets: given, webhookNetworks }: WebhookConfig): string[] {
  const problems: string[] = [];
  if (!given.sesTopicArns.every(arn => TOPIC_ARN.test(arn)))
    problems.push('SES_TOPIC_ARNS: every topic must look like arn:aws:sns:eu-west-1:123456789012:name.');
  if (!given.sendgridKeys.every(isCurveKey))
    problems.push(
      'SENDGRID_WEBHOOK_KEY: must be the verification key as SendGrid shows it; it begins with MFkw.',
    );
  const secrets = {
    SES_WEBHOOK_SECRET: given.sesSecrets,
    MAILGUN_SIGNING_KEY: given.mailgunKeys,
    POSTMARK_WEBHOOK_SECRET: given.postmarkSecrets,
    BREVO_WEBHOOK_SECRET: given.brevoSecrets,
  };
  for (const [name, list] of Object.entries(secrets)) {
    if (!list.every(secret => secret.length >= LEAST_SECRET))
      problems.push(`${name}: every secret needs at least ${LEAST_SECRET} characters.`);
  }
  if (!webhookNetworks.every(isNetwork))
    problems.push('WEBHOOK_NETWORKS: every network must look like 10.1.0.0/16 or fd00::/8.');
  return problems;
}

function isCurveKey(base64: string): boolean {
  try {
    const key = createPublicKey({ key: Buffer.from(base64, 'base64'), format: 'der', type: 'spki' });
    return key.asymmetricKeyDetails?.namedCurve === 'prime256v1';
  } catch {
    return false;
  }
}

function isNetwork(network: string): boolean {
  const [address = '', bits = '', ...more] = network.split('/');
  const longest = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  return /^\d{1,3}$/.test(bits) && Number(bits) <= longest && more.length === 0;
}
