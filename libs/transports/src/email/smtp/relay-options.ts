import { type RelayLimit } from '../../transport.js';
import { type RelayHeaders, type RelayService, relayServices } from './relay-headers.js';

/** How a relay is reached: what its URL says, and how long we wait. */
export interface RelayOptions extends RelayHeaders {
  /** For people and the ledger: the host, never the credentials. */
  name: string;
  host: string;
  port: number;
  credentials: { user: string; pass: string } | null;
  /**
   * `implicit`: TLS from the first byte (smtps). `required`: STARTTLS or nothing. `offered`: STARTTLS when the relay
   * has it. `off`: never.
   */
  tls: 'implicit' | 'required' | 'offered' | 'off';
  /** Whether the relay's certificate must be valid for its host. */
  checkCertificate: boolean;
  /** What we call ourselves in EHLO; undefined: the machine's name. */
  ehloName: string | undefined;
  connections: number;
  /** Messages it takes in a time; undefined: as many as come. */
  limit?: Omit<RelayLimit, 'relay'> | undefined;
  /** Mails before a connection is replaced. */
  messagesPerConnection: number;
  /** For how long the relay knows a key, in hours. */
  idempotencyHours?: number;
  timeouts: Timeouts;
}

/** All in milliseconds. */
export interface Timeouts {
  connect: number;
  greeting: number;
  /** For each answer up to the mail itself, and for each piece of the mail to leave. */
  command: number;
  /** For the answer to the final dot. RFC 5321 section 4.5.3.2.6 asks for ten minutes: giving up early means not knowing. */
  afterData: number;
  /** How long an unused connection is kept. */
  idle: number;
  /** How long a mail waits for a free connection, or for a relay that is down to come back. */
  patience: number;
  /** First pause after a relay failed; it doubles up to `longestBackoff`. */
  backoff: number;
  longestBackoff: number;
  /** How long `close` waits for mails under way before it cuts them off. */
  close: number;
}

export const defaultTimeouts: Timeouts = {
  connect: 15_000,
  greeting: 30_000,
  command: 120_000,
  afterData: 600_000,
  idle: 20_000,
  patience: 5_000,
  backoff: 1_000,
  longestBackoff: 60_000,
  close: 30_000,
};

const known = new Set([
  ...['tls', 'name', 'connections', 'messages', 'rate', 'idempotency', 'idempotency-hours', 'service'],
]);

/**
 * Reads a relay's URL: `smtp://user:password@host:587?tls=required&name=mail.example.com&connections=20&messages=100`,
 * and `rate=14/second` where it takes only so many messages (per second, minute, hour or day; over all workers).
 *
 * `smtps:` is TLS from the start. With `smtp:` STARTTLS is used when the relay offers it, and demanded as soon as the
 * URL holds a password. `?tls=required` demands it in any case; `?tls=insecure` accepts any certificate (a relay with
 * a self-signed one); `?tls=off` never encrypts.
 *
 * `?idempotency=Resend-Idempotency-Key` names the header in which the relay takes a key and then takes the message once,
 * for `idempotency-hours` (24).
 *
 * `?service=postmark` (or `sendgrid`) says whose relay it is: its mails bear what its webhooks give back to name a message.
 * @throws Error that names what is wrong, without the password.
 */
export function parseRelayUrl(
  text: string,
  connections: number,
  timeouts: Partial<Timeouts> = {},
): RelayOptions {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new Error('SMTP_URL: a relay cannot be read. It must look like smtp://user:password@host:587.');
  }
  const problem = (what: string) => new Error(`SMTP_URL: the relay "${url.hostname}" ${what}.`);
  const isSecure = url.protocol === 'smtps:';
  if (!isSecure && url.protocol !== 'smtp:') throw problem('must begin with smtp:// or smtps://');
  if (url.hostname === '') throw problem('has no host');
  const unknown = [...url.searchParams.keys()].find(key => !known.has(key));
  if (unknown !== undefined)
    throw problem(`has an unknown option "${unknown}"; there are ${[...known].join(', ')}`);
  const number = (key: string, fallback: number): number => {
    const value = url.searchParams.get(key);
    if (value === null) return fallback;
    if (!/^[1-9]\d{0,5}$/.test(value)) throw problem(`needs a whole number from 1 as "${key}"`);
    return Number(value);
  };
  const mode = url.searchParams.get('tls');
  if (mode !== null && !['required', 'insecure', 'off'].includes(mode)) {
    throw problem('has an unknown "tls"; there are required, insecure, off');
  }
  if (mode === 'off' && isSecure) throw problem('is smtps:// and says tls=off; choose one');
  const rate = url.searchParams.get('rate');
  const limit = rate === null ? undefined : /^([1-9]\d{0,5})\/(second|minute|hour|day)$/.exec(rate);
  if (limit === null) throw problem('has an unreadable "rate"; it looks like 14/second, minute, hour or day');
  const credentials = readCredentials(url, problem);
  const ehloName = url.searchParams.get('name') ?? undefined;
  if (ehloName !== undefined && !/^[A-Za-z0-9.:[\]-]{1,255}$/.test(ehloName)) {
    throw problem('has a "name" that is no host name');
  }
  const idempotencyHeader = url.searchParams.get('idempotency') ?? undefined;
  // RFC 5322 section 2.2; one that begins otherwise would overwrite what a mail says of itself.
  if (idempotencyHeader !== undefined && !/^(?:[A-Za-z0-9]+-)*Idempotency-Key$/i.test(idempotencyHeader)) {
    throw problem('has an "idempotency" that is no header for a key, such as Resend-Idempotency-Key');
  }
  const service = url.searchParams.get('service') ?? undefined;
  if (service !== undefined && !isService(service)) {
    throw problem(`has an unknown "service"; there are ${relayServices.join(', ')}, others need none`);
  }
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return {
    name: host,
    host,
    port: url.port === '' ? (isSecure ? 465 : 587) : Number(url.port),
    credentials,
    tls: isSecure
      ? 'implicit'
      : mode === 'off'
        ? 'off'
        : mode === 'required' || credentials
          ? 'required'
          : 'offered',
    checkCertificate: mode !== 'insecure',
    ehloName,
    connections: number('connections', connections),
    limit: limit && { messages: Number(limit[1]), per: limit[2] as RelayLimit['per'] },
    messagesPerConnection: number('messages', 500),
    idempotencyHeader,
    idempotencyHours: number('idempotency-hours', 24),
    service,
    timeouts: { ...defaultTimeouts, ...timeouts },
  };
}

function isService(text: string): text is RelayService {
  return (relayServices as string[]).includes(text);
}

function readCredentials(url: URL, problem: (what: string) => Error): RelayOptions['credentials'] {
  if (url.username === '' && url.password === '') return null;
  if (url.username === '' || url.password === '')
    throw problem('needs both a user and a password, or neither');
  try {
    return { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) };
  } catch {
    throw problem('has a user or password with a lone "%"; write it as %25');
  }
}
