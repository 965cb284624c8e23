import { z } from 'zod';

const wholeNumber = (least: number, most: number) =>
  z.string().regex(/^\d+$/, 'must be a whole number').transform(Number).pipe(z.number().min(least).max(most));

const httpUrl = z.url({ protocol: /^https?$/, error: 'must start with http:// or https://' });

/** Several values in one variable, comma-separated; the newest first, where one takes the place of another. */
const secretList = z
  .string()
  .regex(/^[\x20-\x7e]{16,1000}$/, 'must be 16 visible ASCII characters or more')
  .optional();

/**
 * Every environment variable the product reads, with its meaning. The README's table is made of these descriptions.
 * Nothing else in the product reads the environment.
 */
export const configSchema = z.object({
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/, error: 'must look like postgres://user:password@host:5432/name' })
    .optional()
    .describe('PostgreSQL 16 or newer. Empty: an embedded PostgreSQL under ITHN_DATA_DIR (standalone only).'),
  DATABASE_POOL: wholeNumber(3, 500)
    .prefault('10')
    .describe(
      'Most database connections a process opens. A worker keeps one of them for each of its runners (SENDING_RUNNERS), at ' +
        'most half.',
    ),
  REDIS_URL: z
    .url({ protocol: /^rediss?$/, error: 'must look like redis://host:6379' })
    .optional()
    .describe('Redis or Valkey for the queue. Empty: the queue lives in PostgreSQL.'),
  QUEUE_PREFIX: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/, 'must be 1-40 lower-case letters, digits or hyphens')
    .default('ithn')
    .describe('Keeps several installations apart on one Redis.'),
  SMTP_URL: z
    .string()
    .optional()
    .describe(
      'One or several relays, comma-separated: smtp://user:password@host:587. Empty: the sandbox inbox. Options behind a "?": ' +
        'tls, name, connections, messages; rate (14/second, where a relay takes only so many); idempotency (the header in which ' +
        'a relay takes a key and then takes a message once, e.g. Resend-Idempotency-Key) and idempotency-hours (24); service ' +
        '(postmark or sendgrid, so that their webhooks find our messages).',
    ),
  SMTP_CONNECTIONS: wholeNumber(1, 500).prefault('8').describe('Connections kept open to each relay.'),
  DKIM_DOMAIN: z.string().optional().describe('Signs outgoing mail for this domain (with the two below).'),
  DKIM_SELECTOR: z.string().optional().describe('The DKIM selector, as in selector._domainkey.example.com.'),
  DKIM_PRIVATE_KEY: z
    .string()
    .optional()
    .describe('PEM private key, RSA of 2048 bits or more; \\n for line ends.'),
  HOST: z.string().default('127.0.0.1').describe('Address the API listens on; 0.0.0.0 in a container.'),
  PORT: wholeNumber(0, 65535).prefault('3000').describe('Port the API listens on.'),
  PUBLIC_URL: httpUrl
    .optional()
    .describe('Where customers reach the pages, as in https://mail.example.com. Empty: http://HOST:PORT.'),
  TRUSTED_PROXIES: z
    .string()
    .optional()
    .describe("Comma-separated addresses or networks whose X-Forwarded-For is believed for a person's IP."),
  ITHN_SECRET: z
    .string()
    .optional()
    .describe('At least 32 characters. Signs links; "new,old" rotates. Required unless standalone.'),
  ITHN_ADDRESS_KEY: z
    .string()
    .optional()
    .describe(
      'At least 32 characters. Keys the suppression list. "new,old" rotates at the next start; an old key is never taken ' +
        'out. Empty: the oldest of ITHN_SECRET, which must then stay in that list; to rotate, name it here as the old key.',
    ),
  ITHN_DATA_DIR: z
    .string()
    .default('.ithn')
    .describe('Folder of the embedded database and the generated secret.'),
  INBOX_SMTP_PORT: wholeNumber(0, 65535)
    .prefault('2525')
    .describe('Port of the sandbox inbox (standalone only).'),
  TWILIO_ACCOUNT_SID: z
    .string()
    .regex(/^AC[0-9a-f]{32}$/, 'must be AC and 32 hexadecimal digits, as Twilio shows it')
    .optional()
    .describe(
      'The account that SMS leave through. Empty: no SMS is sent; the standalone program has a sandbox phone.',
    ),
  TWILIO_AUTH_TOKEN: secretList.describe(
    'Its auth token, which also proves what Twilio tells us; "new,old" rotates: the first sends, all of them prove.',
  ),
  TWILIO_API_URL: httpUrl
    .prefault('https://api.twilio.com')
    .describe("Where Twilio's API is: a regional edge, or a stand-in for tests."),
  TWILIO_CONNECTIONS: wholeNumber(1, 200).prefault('8').describe('Connections kept open to it.'),
  TWILIO_ANSWER_SECONDS: wholeNumber(1, 30)
    .prefault('30')
    .describe(
      'How long its answer is waited for; then the message is unknown until a report of its status comes.',
    ),
  SMS_CURRENCY: z
    .string()
    .regex(/^[A-Z]{3}$/, 'must be a currency of ISO 4217, as in USD')
    .default('USD')
    .describe('What prices and budgets of SMS are counted in.'),
  SIGN_UP_SMS_PER_HOUR: wholeNumber(1, 100_000)
    .prefault('100')
    .describe(
      'How many SMS that ask to confirm a sign-up each sender sends in an hour; above that nobody is asked, against programs that sign up numbers for money.',
    ),
  INBOX_SMS_PORT: wholeNumber(0, 65535)
    .prefault('2580')
    .describe(
      "Port of the sandbox phone (standalone only). Empty where the sandbox inbox's port was changed: the next one.",
    ),
  FEEDBACK_DOMAIN: z
    .string()
    .regex(/^(?=.{4,190}$)[a-z0-9-]+(?:\.[a-z0-9-]+)+$/i, 'must be a domain, as in back.example.com')
    .optional()
    .describe(
      'A domain whose mail comes to us (its MX is a worker with FEEDBACK_SMTP_PORT, or a server that relays to it): bounces, ' +
        "complaints, replies, mails that unsubscribe. Best a subdomain of the senders' own, so that SPF stays aligned. Empty: " +
        "bounces go to a sender's own address, and nobody listens.",
    ),
  FEEDBACK_SMTP_PORT: wholeNumber(0, 65535)
    .optional()
    .describe('Port on which a worker takes mail for FEEDBACK_DOMAIN, at HOST. Empty: it takes none.'),
  WORKER_PORT: wholeNumber(0, 65535)
    .optional()
    .describe(
      'Port on which a worker answers /health/live, /health/ready and /metrics, at HOST. Empty: it listens to nobody.',
    ),
  METRICS_TOKEN: z
    .string()
    .regex(/^[\x21-\x7e]{16,256}$/, 'must be 16 to 256 visible ASCII characters')
    .optional()
    .describe(
      "Bearer token that reads /metrics. Empty: the API's takes a key with the scope metrics:read, a worker's answers its " +
        'own machine alone.',
    ),
  MESSAGE_RETENTION_MONTHS: wholeNumber(1, 1200)
    .optional()
    .describe(
      'Messages are dropped when all dispatches of their range ended so many months ago, and no law in force wants proofs ' +
        'kept longer. Empty: they are kept.',
    ),
  SES_TOPIC_ARNS: z
    .string()
    .optional()
    .describe(
      'Topics of Amazon SNS that tell what became of mails sent through SES, comma-separated. Empty: none is listened to.',
    ),
  SES_WEBHOOK_SECRET: secretList.describe(
    'Password in the URL of a subscription with raw message delivery, which Amazon does not sign; "new,old" rotates. Empty: ' +
      'only signed messages are believed.',
  ),
  SENDGRID_WEBHOOK_KEY: z
    .string()
    .optional()
    .describe(
      'Verification key of SendGrid\'s signed event webhook, as its page shows it; "new,old" rotates.',
    ),
  MAILGUN_SIGNING_KEY: secretList.describe('HTTP webhook signing key of Mailgun; "new,old" rotates.'),
  POSTMARK_WEBHOOK_SECRET: secretList.describe(
    'Password in the URL of Postmark\'s webhooks, or the value of their header X-Webhook-Secret; "new,old" rotates.',
  ),
  BREVO_WEBHOOK_SECRET: secretList.describe(
    'Bearer token of Brevo\'s webhooks, or the password in their URL; "new,old" rotates.',
  ),
  WEBHOOK_NETWORKS: z
    .string()
    .optional()
    .describe(
      'Networks of your own, e.g. 10.1.0.0/16, that outgoing webhooks may call, also over http; comma-separated. Empty: ' +
        'https to public addresses only.',
    ),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('Least severity that is logged, as JSON lines on stderr.'),
  SENDING_BATCH: wholeNumber(1, 500)
    .prefault('50')
    .describe(
      'The most messages that are allowed and not yet answered, which a crash can leave unknown, per runner; one commit allows ' +
        'up to two fifths of them. Times SENDING_RUNNERS at ' +
        'most 3000: with a frequency cap each takes a lock of PostgreSQL, whose default settings have room for 6400, over ' +
        'all workers (max_locks_per_transaction x max_connections).',
    ),
  SENDING_RUNNERS: wholeNumber(1, 64).prefault('2').describe('Chunks one worker sends at the same time.'),
  SENDING_LEASE_SECONDS: wholeNumber(2, 3600)
    .prefault('30')
    .describe("A worker's chunk is freed when nothing was heard of it for this long."),
  SENDING_POLL_MS: wholeNumber(20, 60_000)
    .prefault('1500')
    .describe('How often a worker looks in PostgreSQL for work, whatever the queue says.'),
});

export type Environment = z.infer<typeof configSchema>;
