import { createHmac, randomBytes } from 'node:crypto';

/** Standard Webhooks 1.0: 24 to 64 random bytes. */
const SECRET_BYTES = 32;

export function newSecret(): Buffer {
  return randomBytes(SECRET_BYTES);
}

/** As it is shown to people: `whsec_` and base64. */
export function formatSecret(secret: Buffer): string {
  return `whsec_${secret.toString('base64')}`;
}

/**
 * The headers of a delivery as Standard Webhooks 1.0 has them. The id stays the same however often an event is sent; the
 * time is that of the attempt.
 * @param secrets each of them signs: while one is exchanged, the receiver may know either
 */
export function signedHeaders(
  id: string,
  body: string,
  secrets: readonly Buffer[],
  now: Date,
): Record<string, string> {
  const timestamp = String(Math.floor(now.getTime() / 1000));
  const signatures = secrets.map(secret => {
    const mac = createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64');
    return `v1,${mac}`;
  });
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  };
}
