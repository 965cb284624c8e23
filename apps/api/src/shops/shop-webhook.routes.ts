import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { type FastifyAdapter } from '@nestjs/platform-fastify';
import { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { DomainError, LOGGER, type Logger, parseId } from '#common';
import { ShopWebhooks } from '#orders';
import { toProblem } from '../http/problem.filter.js';
import { bodyOf, prepareRawScope } from '../provider-webhooks/raw-webhooks.js';

/** The largest orders of Shopify, of 500 lines with all their taxes and discounts, stay below 2 MB. */
const BODY_LIMIT = 2 * 1024 * 1024;

/**
 * `POST /webhooks/shops/:id`: what shops tell of their orders. A Fastify plugin and not a controller, because a signature is
 * over bytes. The answer comes after the commit: with anything but 2xx the shop tells it again.
 */
@Injectable()
export class ShopWebhookRoutes implements OnModuleInit {
  constructor(
    private readonly host: HttpAdapterHost<FastifyAdapter>,
    private readonly webhooks: ShopWebhooks,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onModuleInit(): void {
    const fastify = this.host.httpAdapter.getInstance() as unknown as FastifyInstance;
    // Not awaited: that would boot Fastify before Nest has set its error handler. It is loaded when the server is.
    void fastify.register(async scope => {
      prepareRawScope(scope, BODY_LIMIT, this.logger);
      scope.post('/webhooks/shops/:id', (request, reply) => this.#receive(request, reply));
    });
  }

  async #receive(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { id } = request.params as { id: string };
    try {
      const webhook = { headers: singleHeaders(request), body: bodyOf(request) };
      const orderId = await this.webhooks.receive(parseId('shop', id), webhook);
      return await reply.status(200).send(orderId === null ? { ignored: true } : { orderId });
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      const problem = toProblem(error);
      const title = 'The webhook was not taken';
      return reply
        .status(problem.status)
        .header('content-type', 'application/problem+json; charset=utf-8')
        .send({ ...problem, title });
    }
  }
}

function singleHeaders({ headers }: FastifyRequest): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value[0] : value]),
  );
}
