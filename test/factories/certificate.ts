import { createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/** A self-signed certificate as a test wants it; Node reads X.509 and cannot write it, so its DER is put together here. */
export interface TestCertificate {
  /** PEM. */
  certificate: string;
  /** PEM. */
  privateKey: string;
  key: KeyObject;
}

export interface CertificateWish {
  name?: string;
  from?: Date;
  to?: Date;
  /** Bits of the RSA key, or a curve. */
  key?: number | 'P-256';
}

export function testCertificate(wish: CertificateWish = {}): TestCertificate {
  const { name = 'localhost', key: kind = 2048 } = wish;
  const { from = new Date('2026-01-01T00:00:00Z'), to = new Date('2036-01-01T00:00:00Z') } = wish;
  const { privateKey } =
    kind === 'P-256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: kind });
  const algorithm =
    kind === 'P-256'
      ? sequence(objectId('1.2.840.10045.4.3.2'))
      : sequence(objectId('1.2.840.113549.1.1.11'), Buffer.from([0x05, 0]));
  const subject = sequence(tagged(0x31, sequence(objectId('2.5.4.3'), tagged(0x0c, Buffer.from(name)))));
  const alternativeNames = sequence(
    tagged(0x82, Buffer.from(name)),
    tagged(0x87, Buffer.from([127, 0, 0, 1])),
  );
  const extensions = sequence(sequence(objectId('2.5.29.17'), tagged(0x04, alternativeNames)));
  const body = sequence(
    tagged(0xa0, integer(2)),
    integer(1),
    algorithm,
    subject,
    sequence(time(from), time(to)),
    subject,
    createPublicKey(privateKey).export({ type: 'spki', format: 'der' }),
    tagged(0xa3, extensions),
  );
  const signature = sign('sha256', body, privateKey);
  const der = sequence(body, algorithm, tagged(0x03, Buffer.concat([Buffer.from([0]), signature])));
  return {
    certificate: `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`,
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    key: privateKey,
  };
}

function tagged(tag: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([tag]), lengthOf(content.length), content]);
}

function lengthOf(length: number): Buffer {
  if (length < 128) return Buffer.from([length]);
  const bytes = length < 256 ? [length] : [length >> 8, length & 255];
  return Buffer.from([0x80 | bytes.length, ...bytes]);
}

const sequence = (...parts: Buffer[]): Buffer => tagged(0x30, Buffer.concat(parts));

const integer = (value: number): Buffer => tagged(0x02, Buffer.from([value]));

/** UTCTime, which X.509 wants until 2049. */
const time = (date: Date): Buffer =>
  tagged(0x17, Buffer.from(`${date.toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`));

function objectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const part of rest) {
    const septets = [part & 127];
    for (let left = part >> 7; left > 0; left >>= 7) septets.unshift((left & 127) | 128);
    bytes.push(...septets);
  }
  return tagged(0x06, Buffer.from(bytes));
}
