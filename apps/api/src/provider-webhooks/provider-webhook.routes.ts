import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { type FastifyAdapter } from '@nestjs/platform-fastify';
import { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { LOGGER, type Logger } from '#common';
import { ProviderWebhooksService, type RefusalCode } from '#feedback';
import { bodyOf, prepareRawScope, sayProblem } from './raw-webhooks.js';

/** Providers send some hundred events at once; SendGrid's largest batches are below 1 MB. */
const BODY_LIMIT = 2 * 1024 * 1024;

/**
 * How each refusal is answered. A provider tries again after anything but 2xx; what can never succeed is a 4xx all the
 * same, so that the operator sees it in the provider's own log.
 */
export const providerStatuses: Record<RefusalCode, number> = {
  WEBHOOK_NOT_CONFIGURED: 404,
  WEBHOOK_UNSIGNED: 401,
  WEBHOOK_SIGNATURE_INVALID: 401,
  WEBHOOK_TOO_OLD: 401,
  WEBHOOK_TOPIC_UNKNOWN: 403,
  WEBHOOK_CERTIFICATE_REFUSED: 401,
  WEBHOOK_CERTIFICATE_UNAVAILABLE: 503,
  WEBHOOK_TOO_LARGE: 413,
  WEBHOOK_UNREADABLE: 400,
};

/**
 * `POST /webhooks/:provider`: what providers tell of our mails. A Fastify plugin and not a controller, because a signature
 * is over bytes: nothing may parse them first, whatever they say they are.
 */
@Injectable()
export class ProviderWebhookRoutes implements OnModuleInit {
  constructor(
    private readonly host: HttpAdapterHost<FastifyAdapter>,
    private readonly webhooks: ProviderWebhooksService,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onModuleInit(): void {
    const fastify = this.host.httpAdapter.getInstance() as unknown as FastifyInstance;
    // Not awaited: that would boot Fastify before Nest has set its error handler. It is loaded when the server is.
    void fastify.register(async scope => {
      prepareRawScope(scope, BODY_LIMIT, this.logger);
      scope.post('/webhooks/:provider', (request, reply) => this.#receive(request, reply));
    });
  }

  async #receive(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { provider } = request.params as { provider: string };
    const answer = await this.webhooks.receive(provider, {
      headers: singleHeaders(request),
      body: bodyOf(request),
      path: request.url.split('?', 1)[0] as string,
      query: request.query as Record<string, unknown>,
      ip: request.ip,
    });
    if (!answer) return sayProblem(reply, 404, 'PROVIDER_UNKNOWN', 'There is no such provider.');
    if (answer.kind === 'refused')
      return sayProblem(reply, providerStatuses[answer.code], answer.code, answer.reason);
    return reply.status(200).send({ events: answer.events });
  }
}

function singleHeaders({ headers }: FastifyRequest): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value[0] : value]),
  );
}
