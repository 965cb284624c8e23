import { Resolver } from 'node:dns/promises';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { type CallableAddresses, hostOf } from './callable-address.js';

/** What became of one call. */
export interface CallResult {
  /** The HTTP status; null when there was no answer. */
  status: number | null;
  /** Why there was none, or why a status counts as none: a code without anything of the receiver's. */
  error: CallError | null;
  /** How long the receiver asked us to wait, in milliseconds. */
  retryAfterMs: number | null;
}

export type CallError =
  | 'ADDRESS_REFUSED'
  | 'NAME_UNKNOWN'
  | 'CONNECTION_FAILED'
  | 'CERTIFICATE_REFUSED'
  | 'NO_ANSWER_IN_TIME'
  | 'ABORTED'
  | 'REDIRECTED'
  | 'STATUS';

export type Resolve = (name: string) => Promise<string[]>;

/** Standard Webhooks recommends 15 to 30 s. */
export const ANSWER_WITHIN_MS = 15_000;
/** How much of an answer is read, for politeness: what it says does not matter. */
const MOST_BYTES = 64 * 1024;
const READ_WITHIN_MS = 2000;

export interface ClientOptions {
  resolve?: Resolve;
  withinMs?: number;
}

/**
 * Calls receivers. The name is resolved here, the address looked at, and the connection made to that very address: a name
 * that says something else a moment later gains nothing. Redirects are not followed.
 */
export class WebhookClient {
  readonly #resolve: Resolve;
  readonly #withinMs: number;

  constructor(
    private readonly addresses: CallableAddresses,
    { resolve = resolveByDns, withinMs = ANSWER_WITHIN_MS }: ClientOptions = {},
  ) {
    this.#resolve = resolve;
    this.#withinMs = withinMs;
  }

  /** Never rejects. */
  post(
    address: string,
    headers: Record<string, string>,
    body: string,
    stop?: AbortSignal,
  ): Promise<CallResult> {
    const url = new URL(address);
    // No name to resolve, so that nobody would look at the address.
    if (isIP(hostOf(url)) !== 0 && !this.addresses.allows(hostOf(url), url.protocol)) {
      return Promise.resolve(failed('ADDRESS_REFUSED'));
    }
    if (stop?.aborted) return Promise.resolve(failed('ABORTED'));
    return new Promise(resolve => {
      const open = url.protocol === 'https:' ? httpsRequest : httpRequest;
      const request = open(url, {
        method: 'POST',
        agent: false,
        lookup: this.#lookup(url),
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          'user-agent': 'Ithn-Webhooks/1',
          ...headers,
        },
      });
      const end = (result: CallResult): void => {
        clearTimeout(timer);
        stop?.removeEventListener('abort', abort);
        resolve(result);
      };
      const giveUp = (error: CallError): void => {
        end(failed(error));
        request.destroy();
      };
      const abort = (): void => giveUp('ABORTED');
      const timer = setTimeout(() => giveUp('NO_ANSWER_IN_TIME'), this.#withinMs);
      stop?.addEventListener('abort', abort);
      request.on('response', response => {
        end(resultOf(response));
        readAway(response);
      });
      request.on('error', error => end(failed(errorOf(error))));
      request.end(body);
    });
  }

  /** Gives only addresses that may be called. */
  #lookup(url: URL): LookupFunction {
    return (_name, options, callback) => {
      this.#resolve(hostOf(url)).then(
        found => {
          const allowed = found.filter(address => this.addresses.allows(address, url.protocol));
          const list = allowed.map(address => ({ address, family: isIP(address) }));
          const [first] = list;
          if (!first)
            callback(new LookupError(found.length === 0 ? 'NAME_UNKNOWN' : 'ADDRESS_REFUSED'), '', 4);
          else if (options.all) callback(null, list);
          else callback(null, first.address, first.family);
        },
        () => callback(new LookupError('NAME_UNKNOWN'), '', 4),
      );
    };
  }
}

class LookupError extends Error {
  constructor(readonly why: CallError) {
    super(why);
  }
}

/**
 * By DNS, over sockets of its own. The system's resolver would take a thread of the pool for as long as a dead name server
 * is silent, and four such would stop whatever else of the process needs one.
 */
async function resolveByDns(name: string): Promise<string[]> {
  const resolver = new Resolver({ timeout: 2000, tries: 2 });
  const found = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
  return found.flatMap(one => (one.status === 'fulfilled' ? one.value : []));
}

function failed(error: CallError): CallResult {
  return { status: null, error, retryAfterMs: null };
}

function resultOf({ statusCode = 0, headers }: IncomingMessage): CallResult {
  const isGood = statusCode >= 200 && statusCode < 300;
  const isRedirect = statusCode >= 300 && statusCode < 400;
  const seconds = /^\d{1,6}$/.exec(headers['retry-after'] ?? '')?.[0];
  return {
    status: statusCode,
    error: isGood ? null : isRedirect ? 'REDIRECTED' : 'STATUS',
    retryAfterMs: seconds === undefined ? null : Number(seconds) * 1000,
  };
}

function readAway(response: IncomingMessage): void {
  let bytes = 0;
  const timer = setTimeout(() => response.destroy(), READ_WITHIN_MS);
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) response.destroy();
  });
  response.on('close', () => clearTimeout(timer));
  response.on('error', () => undefined);
}

function errorOf(error: NodeJS.ErrnoException): CallError {
  if (error instanceof LookupError) return error.why;
  if (/CERT|SELF_SIGNED|TLS_CERT_ALTNAME|UNABLE_TO/.test(error.code ?? '')) return 'CERTIFICATE_REFUSED';
  return 'CONNECTION_FAILED';
}
