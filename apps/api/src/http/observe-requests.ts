import { randomBytes } from 'node:crypto';
import { type FastifyInstance, type FastifyRequest } from 'fastify';
import { inLogContext, type LogContext, type Logger, newTrace, traceOf } from '#common';
import { type Metrics } from '#metrics';

/** Seconds: most answers take milliseconds, an export minutes. */
const DURATIONS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 300];
/** Whoever asks these every few seconds is a machine; a line each would drown the rest. */
const UNLOGGED = /^\/(?:health\/|metrics$)/;

const contexts = new WeakMap<FastifyRequest, LogContext>();

/**
 * Gives each request a number, which its answer (`X-Request-Id`) and every line of the log about it bear, with the trace
 * its caller began (`traceparent`) or a new one; measures it; and logs it once it is answered: the route's pattern and never
 * the URL, which may bear a token or an address.
 */
export function observeRequests(fastify: FastifyInstance, metrics: Metrics, logger: Logger): void {
  const durations = metrics.histogram(
    'ithn_http_request_duration_seconds',
    'How long a request took, from its headers to the end of its answer.',
    DURATIONS,
    ['method', 'route', 'status'],
  );
  fastify.addHook('onRequest', (request, reply, done) => {
    const trace = traceOf(request.headers['traceparent']) ?? newTrace();
    const context: LogContext = { request: randomBytes(8).toString('hex'), trace };
    contexts.set(request, context);
    void reply.header('x-request-id', context.request);
    inLogContext(context, done);
  });
  // A body arrives on the connection, outside of what the first hook began.
  fastify.addHook('preValidation', (request, _reply, done) => {
    inLogContext(contexts.get(request) ?? {}, done);
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const { method, routeOptions } = request;
    const route = routeOptions.url ?? 'none';
    const seconds = reply.elapsedTime / 1000;
    durations.observe({ method, route, status: `${Math.floor(reply.statusCode / 100)}xx` }, seconds);
    if (!UNLOGGED.test(route)) {
      const line = { method, route, status: reply.statusCode, ms: Math.round(reply.elapsedTime) };
      inLogContext(contexts.get(request) ?? {}, () => logger.info(line, 'request answered'));
    }
    done();
  });
}
