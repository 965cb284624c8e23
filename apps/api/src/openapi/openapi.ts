import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { z } from 'zod';
import { problemSchema } from '../http/problem.js';
import { providerWebhookPaths } from '../provider-webhooks/provider-webhook.paths.js';
import { shopWebhookPaths } from '../shops/shop-webhook.paths.js';
import { convert, type JsonSchema } from './json-schema.js';
import { scopesByOperation, scopeSentence } from './scopes.js';

const description = `
Consent-aware email and SMS outreach. Every message is allowed by a recorded consent, or it is not sent.

**Start** with a sender, a topic and contacts; record consents; make a template, a segment and a campaign; ask for the
campaign's audience before you launch it. Errors are problem details (RFC 9457) with a stable \`code\`. Lists are pages:
pass \`nextCursor\` back as \`cursor\`. Send an \`Idempotency-Key\` with a POST to be able to repeat it safely.
`;

/** The OpenAPI 3.1 document, made from the same schemas that check the requests. */
export function openApiDocument(app: NestFastifyApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Ithn API')
    .setVersion('1')
    .setDescription(description.trim())
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'ithn_...', description: 'An API key' })
    .build();
  const document = SwaggerModule.createDocument(app, config, {
    standardSchemaConverter: (schema, { schemaType }) => convert(schema as z.ZodType, schemaType),
  });
  addScopes(document, app);
  addRawPaths(document);
  addWhatAllShare(document);
  return document;
}

/** What a key needs, said by what the guard itself reads. */
function addScopes(document: OpenAPIObject, app: NestFastifyApplication): void {
  const scopes = scopesByOperation(app);
  for (const operation of Object.values(document.paths).flatMap(
    operations => Object.values(operations) as Operation[],
  )) {
    const needed = scopes.get(operation.operationId ?? '');
    if (!needed) continue;
    const said = operation.description ? `${operation.description}\n\n` : '';
    operation.description = said + scopeSentence(needed);
  }
}

/** Webhooks that others call: their routes are no controllers, because a signature is over bytes. */
function addRawPaths(document: OpenAPIObject): void {
  for (const { paths, components } of [shopWebhookPaths, providerWebhookPaths]) {
    Object.assign(document.paths, paths);
    const schemas = { ...components, ...document.components?.schemas } as never;
    document.components = { ...document.components, schemas };
  }
}

/** What every operation of the API has without each saying so: problems, and the key that makes a POST repeatable. */
function addWhatAllShare(document: OpenAPIObject): void {
  const problems = z.toJSONSchema(problemSchema, { io: 'output' }) as JsonSchema;
  delete problems['$schema'];
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, Problem: problems },
  };
  const answer = {
    description: 'A problem (RFC 9457): what went wrong, and what to do',
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  };
  for (const [path, operations] of Object.entries(document.paths)) {
    if (!path.startsWith('/v1/')) continue;
    for (const operation of Object.values(operations as Record<string, Operation>)) {
      operation.responses['default'] ??= answer;
    }
    const { post } = operations as Record<string, Operation>;
    if (post) (post.parameters ??= []).push(idempotencyKey);
  }
}

interface Operation {
  operationId?: string;
  description?: string;
  parameters?: unknown[];
  responses: Record<string, unknown>;
}

const idempotencyKey = {
  in: 'header',
  name: 'Idempotency-Key',
  required: false,
  schema: { type: 'string', maxLength: 255 },
  description:
    'Any text of yours, a random UUID at best: the same request with the same key is carried out once',
};
