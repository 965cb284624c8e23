import { type FastifyRequest } from 'fastify';

/** What is still read of a refused request, so that the sender gets to see the refusal. */
const MOST_DRAINED_BYTES = 16 * 1024 * 1024;
const DRAIN_MS = 2000;

/**
 * Reads on for a moment after a refusal: a connection closed with bytes still coming in is reset, and the sender would
 * see that instead of the answer. Whoever sends on for longer is cut off.
 */
export async function drain({ raw }: FastifyRequest): Promise<void> {
  if (raw.readableEnded || raw.destroyed) return;
  await new Promise<void>(resolve => {
    let bytes = 0;
    const enough = setTimeout(resolve, DRAIN_MS);
    const stop = (): void => {
      clearTimeout(enough);
      resolve();
    };
    raw.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MOST_DRAINED_BYTES) stop();
    });
    raw.once('end', stop).once('close', stop).once('error', stop);
    raw.resume();
  });
}
