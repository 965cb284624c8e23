import { webhookProviders } from '#feedback';
import { answer, parameter, type RawPaths, refusals } from '../openapi/raw-paths.js';
import { providerStatuses } from './provider-webhook.routes.js';
import { twilioStatuses } from './twilio-webhook.routes.js';

const tags = ['incoming webhooks'];
const tooLarge = { WEBHOOK_TOO_LARGE: 413 };

const mail = {
  tags,
  operationId: 'ProviderWebhookRoutes_receive',
  summary: 'Tell what became of mails, as the provider that delivers them',
  description:
    'For the provider alone, which signs it or bears a secret (docs/feedback.md). Without that secret in the configuration it is not ' +
    'listened to.',
  security: [],
  parameters: [
    parameter('path', 'provider', 'Who tells', { type: 'string', enum: [...webhookProviders().keys()] }),
  ],
  requestBody: {
    required: true,
    description: 'As the provider writes it, 2 MB at most',
    content: { 'application/json': { schema: { type: 'object' } } },
  },
  responses: {
    200: answer('Kept, and acted upon in a moment', 'application/json', {
      type: 'object',
      properties: { events: { type: 'integer', description: 'How many it told of' } },
      required: ['events'],
    }),
    ...refusals({ ...providerStatuses, PROVIDER_UNKNOWN: 404 }),
  },
};

/** What Twilio calls, with what is its own of each. */
const twilio = (
  name: string,
  more: Record<string, unknown>,
  responses: Record<string, unknown>,
  own = {},
) => ({
  post: {
    tags,
    operationId: `TwilioWebhookRoutes_${name}`,
    security: [],
    ...more,
    requestBody: {
      required: true,
      description: 'The fields of Twilio’s call, 64 KB at most',
      content: { 'application/x-www-form-urlencoded': { schema: { type: 'object' } } },
    },
    responses: {
      ...responses,
      ...refusals({ ...(twilioStatuses as Record<string, number>), ...tooLarge, ...own }),
    },
  },
});

const signature = parameter(
  'header',
  'X-Twilio-Signature',
  'Twilio’s, over the public address and the fields',
);
const nothing = { 204: { description: 'Taken; there is nothing to say' } };

/** `POST /webhooks/:provider` and `/webhooks/twilio/…` for the document. */
export const providerWebhookPaths: RawPaths = {
  components: {},
  paths: {
    '/webhooks/{provider}': { post: mail },
    '/webhooks/twilio/inbound': twilio(
      'inbound',
      { summary: 'Tell what somebody wrote by SMS, as Twilio', parameters: [signature] },
      { 200: answer('Taken; an SMS to answer', 'text/xml', { type: 'string' }), ...nothing },
    ),
    '/webhooks/twilio/status/{token}': twilio(
      'status',
      {
        summary: 'Tell what became of an SMS, as Twilio',
        parameters: [parameter('path', 'token', 'Told to Twilio with the message'), signature],
      },
      nothing,
      { WEBHOOK_TOKEN_UNKNOWN: 404 },
    ),
  } as never,
};
