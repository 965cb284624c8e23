import { shopEventPayload } from '#orders';
import { id } from '../http/schemas.js';
import { convert } from '../openapi/json-schema.js';
import { answer, parameter, type RawPaths, refusals } from '../openapi/raw-paths.js';

const description = `
What a shop tells of its orders. It needs no API key: the shop signs the bytes of the body with the secret that it has in common with us
(\`POST /v1/shops/{id}/secret\`).

- A **generic** shop signs as [Standard Webhooks](https://www.standardwebhooks.com) do: \`webhook-id\`, \`webhook-timestamp\` (now, in Unix
  seconds; five minutes are tolerated) and \`webhook-signature\`: \`v1,\` and the base64 of HMAC-SHA-256 over \`id.timestamp.body\`, with the
  bytes that follow \`whsec_\` in the secret (base64).
- **Shopify**, **WooCommerce** and **Salla** send and sign what they always do; point their webhooks here.

Anything but 2xx is to be told again: each fact is taken once. The content type is not looked at.
`;

const event = convert(shopEventPayload, 'input');
const orderId = convert(id('order'), 'output').schema;

/** `POST /webhooks/shops/:id` for the document. */
export const shopWebhookPaths: RawPaths = {
  components: { ...event.components, ShopEvent: { ...event.schema, title: 'ShopEvent' } },
  paths: {
    '/webhooks/shops/{id}': {
      post: {
        tags: ['incoming webhooks'],
        operationId: 'ShopWebhookRoutes_receive',
        summary: 'Tell of an order, as a shop',
        description: description.trim(),
        security: [],
        parameters: [
          parameter('path', 'id', 'The shop', convert(id('shop'), 'input').schema),
          parameter('header', 'webhook-id', 'Generic: your id of this telling'),
          parameter('header', 'webhook-timestamp', 'Generic: when it is sent, in Unix seconds'),
          parameter('header', 'webhook-signature', 'Generic: `v1,` and the signature in base64'),
          parameter('header', 'X-Shopify-Topic', 'Shopify: such as `orders/create`'),
          parameter('header', 'X-Shopify-Hmac-Sha256', 'Shopify: its signature'),
          parameter('header', 'X-WC-Webhook-Topic', 'WooCommerce: such as `order.updated`'),
          parameter('header', 'X-WC-Webhook-Signature', 'WooCommerce: its signature'),
          parameter('header', 'X-Salla-Security-Strategy', 'Salla: `Signature` or `Token`'),
          parameter('header', 'X-Salla-Signature', 'Salla: its signature'),
        ],
        requestBody: {
          required: true,
          description: '2 MB at most',
          content: {
            'application/json': {
              schema: {
                anyOf: [
                  { $ref: '#/components/schemas/ShopEvent' },
                  { type: 'object', description: 'As Shopify, WooCommerce and Salla write it' },
                ],
              },
            },
          },
        },
        responses: {
          200: answer('It is stored; or it is nothing that we care for', 'application/json', {
            anyOf: [
              { type: 'object', properties: { orderId }, required: ['orderId'] },
              { type: 'object', properties: { ignored: { const: true } }, required: ['ignored'] },
            ],
          }),
          ...refusals({
            ...{ WEBHOOK_UNREADABLE: 400, EMAIL_INVALID: 400, PHONE_INVALID: 400, PHONE_NEEDS_COUNTRY: 400 },
            ...{ COUNTRY_UNKNOWN: 400, LOCALE_UNKNOWN: 400, NAME_INVALID: 400 },
            ...{ WEBHOOK_UNSIGNED: 401, WEBHOOK_SIGNATURE_INVALID: 401, WEBHOOK_TOO_OLD: 401 },
            ...{ SHOP_NOT_FOUND: 404, WEBHOOK_NOT_CONFIGURED: 404, WEBHOOK_TOO_LARGE: 413 },
            ...{ CURRENCY_UNKNOWN: 422, AMOUNT_INVALID: 422, TIME_IN_FUTURE: 422 },
          }),
        } as never,
      },
    },
  },
};
