import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { type FastifyAdapter } from '@nestjs/platform-fastify';
import { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { LOGGER, type Logger } from '#common';
import { type RefusalCode, type TwilioAnswer, type TwilioRequest, TwilioWebhooksService } from '#feedback';
import { bodyOf, prepareRawScope, sayProblem } from './raw-webhooks.js';

/** A call of Twilio's has some twenty short fields and a text of 1,600 characters at most. */
const BODY_LIMIT = 64 * 1024;

/** As Twilio shows them in its own log of errors; 403 is what it advises for a signature that does not match. */
export const twilioStatuses: Partial<Record<RefusalCode, number>> = {
  WEBHOOK_NOT_CONFIGURED: 404,
  WEBHOOK_SIGNATURE_INVALID: 403,
  WEBHOOK_UNREADABLE: 400,
};

/** `POST /webhooks/twilio/…`: what became of SMS, and what people write back. */
@Injectable()
export class TwilioWebhookRoutes implements OnModuleInit {
  constructor(
    private readonly host: HttpAdapterHost<FastifyAdapter>,
    private readonly webhooks: TwilioWebhooksService,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onModuleInit(): void {
    const fastify = this.host.httpAdapter.getInstance() as unknown as FastifyInstance;
    void fastify.register(async scope => {
      prepareRawScope(scope, BODY_LIMIT, this.logger);
      scope.post('/webhooks/twilio/inbound', async (request, reply) =>
        answer(reply, await this.webhooks.message(toCall(request))),
      );
      scope.post('/webhooks/twilio/status/:token', async (request, reply) => {
        const { token } = request.params as { token: string };
        return answer(reply, await this.webhooks.status(token, toCall(request)));
      });
    });
  }
}

function toCall(request: FastifyRequest): TwilioRequest {
  const signature = request.headers['x-twilio-signature'];
  return {
    ...{ path: request.url, body: bodyOf(request) },
    signature: Array.isArray(signature) ? signature[0] : signature,
  };
}

function answer(reply: FastifyReply, told: TwilioAnswer): FastifyReply {
  switch (told.kind) {
    case 'refused':
      return sayProblem(reply, twilioStatuses[told.code] ?? 400, told.code, told.reason);
    case 'unknown':
      return sayProblem(reply, 404, 'WEBHOOK_TOKEN_UNKNOWN', 'This address is of no message of ours.');
    case 'taken':
      return told.twiml === null
        ? reply.status(204).send()
        : reply.status(200).header('content-type', 'text/xml; charset=utf-8').send(told.twiml);
  }
}
