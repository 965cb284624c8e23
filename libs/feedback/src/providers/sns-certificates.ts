import { type KeyObject, X509Certificate } from 'node:crypto';
import { type Fetcher } from './limited-fetch.js';
import { type Refusal, refused } from './provider.js';

const LIMITS = { mostBytes: 64 * 1024, withinMs: 5000 };
/** Amazon has one certificate for each region, and changes it once a year. */
const MOST_KEPT = 20;
const KEPT_MS = 24 * 60 * 60 * 1000;
/** What could not be fetched is not asked for again so soon: whoever writes to us must not make us write to Amazon. */
const FAILED_MS = 60_000;
const LEAST_RSA_BITS = 2048;

interface Known {
  until: number;
  found: Certificate | Refusal;
}

interface Certificate {
  key: KeyObject;
  validFrom: number;
  validTo: number;
}

/** The certificates that Amazon SNS signs with: fetched once, by URL, however many requests ask at the same time. */
export class SnsCertificates {
  readonly #known = new Map<string, Known>();
  readonly #underWay = new Map<string, Promise<Certificate | Refusal>>();

  constructor(private readonly fetcher: Fetcher) {}

  /** The public key of a certificate that is valid now. @param url one that `amazonUrl` let pass */
  async keyAt(url: URL, now: Date): Promise<KeyObject | Refusal> {
    const found = await this.#find(url, now.getTime());
    if ('kind' in found) return found;
    const isValid = found.validFrom <= now.getTime() && now.getTime() <= found.validTo;
    return isValid
      ? found.key
      : refused('WEBHOOK_CERTIFICATE_REFUSED', 'The certificate is not valid at this time.');
  }

  async #find(url: URL, now: number): Promise<Certificate | Refusal> {
    const known = this.#known.get(url.href);
    if (known && known.until > now) return known.found;
    let underWay = this.#underWay.get(url.href);
    if (!underWay) {
      if (this.#underWay.size >= MOST_KEPT) return unavailable('Too many certificates are being fetched.');
      underWay = this.#fetch(url).finally(() => this.#underWay.delete(url.href));
      this.#underWay.set(url.href, underWay);
    }
    const found = await underWay;
    this.#keep(url.href, { found, until: now + ('kind' in found ? FAILED_MS : KEPT_MS) });
    return found;
  }

  async #fetch(url: URL): Promise<Certificate | Refusal> {
    let pem: Buffer;
    try {
      pem = await this.fetcher.fetch(url, LIMITS);
    } catch {
      return unavailable('The certificate could not be fetched from Amazon.');
    }
    return readCertificate(pem);
  }

  /** The oldest goes when there are too many; one of those in use comes back with its next message. */
  #keep(href: string, known: Known): void {
    this.#known.delete(href);
    this.#known.set(href, known);
    const oldest = this.#known.keys().next().value;
    if (this.#known.size > MOST_KEPT && oldest !== undefined) this.#known.delete(oldest);
  }
}

function readCertificate(pem: Buffer): Certificate | Refusal {
  try {
    const certificate = new X509Certificate(pem);
    const { publicKey, validFrom, validTo } = certificate;
    const bits = publicKey.asymmetricKeyDetails?.modulusLength ?? 0;
    if (publicKey.asymmetricKeyType !== 'rsa' || bits < LEAST_RSA_BITS) {
      return refused(
        'WEBHOOK_CERTIFICATE_REFUSED',
        `The certificate has no RSA key of ${LEAST_RSA_BITS} bits or more.`,
      );
    }
    return { key: publicKey, validFrom: Date.parse(validFrom), validTo: Date.parse(validTo) };
  } catch {
    return refused('WEBHOOK_CERTIFICATE_REFUSED', 'What was fetched is no certificate.');
  }
}

function unavailable(reason: string): Refusal {
  return refused('WEBHOOK_CERTIFICATE_UNAVAILABLE', reason);
}
