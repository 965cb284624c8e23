import { type ServerResponse } from 'node:http';
import { type FastifyInstance } from 'fastify';

/** How long requests under way may take once a stop began, in milliseconds; then their connections are cut. */
export const STOP_MS = 8_000;

/**
 * What happens to requests when the API stops: those under way are answered, on connections that close with the answer;
 * idle connections close at once; streams that would never end are ended; and after `limitMs` whatever is left is cut, so
 * that a stop always comes to an end.
 */
export function stopGracefully(fastify: FastifyInstance, limitMs: number): void {
  const underWay = new Set<ServerResponse>();
  let stopping = false;
  fastify.addHook('onRequest', (_request, reply, done) => {
    const { raw } = reply;
    underWay.add(raw);
    raw.once('close', () => underWay.delete(raw));
    done();
  });
  fastify.addHook('onSend', (_request, reply, _payload, done) => {
    if (stopping) void reply.header('connection', 'close');
    done();
  });
  fastify.addHook('preClose', done => {
    stopping = true;
    const limit = setTimeout(() => fastify.server.closeAllConnections(), limitMs);
    fastify.server.once('close', () => clearTimeout(limit));
    for (const raw of underWay) {
      const type = raw.getHeader('content-type');
      if (typeof type === 'string' && type.startsWith('text/event-stream')) raw.end();
      // An answer that has begun, an export, keeps its connection open afterwards: it goes when the answer is out.
      else if (raw.headersSent) raw.once('finish', () => raw.socket?.destroySoon());
    }
    fastify.server.closeIdleConnections();
    done();
  });
}
