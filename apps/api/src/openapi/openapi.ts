import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { z } from 'zod';
import { problemSchema } from '../http/problem.js';

const description = `
Consent-aware email and SMS outreach. Every message is allowed by a recorded consent, or it is not sent.

**Start** with a sender, a topic and contacts; record consents; make a template, a segment and a campaign; ask for the
campaign's audience before you launch it. Errors are problem details (RFC 9457) with a stable \`code\`. Lists are pages:
pass \`nextCursor\` back as \`cursor\`. Send an \`Idempotency-Key\` with a POST to be able to repeat it safely.
`;

type JsonSchema = Record<string, unknown>;

/** The OpenAPI 3.1 document, made from the same schemas that check the requests. */
export function openApiDocument(app: NestFastifyApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Ithn API')
    .setVersion('1')
    .setDescription(description.trim())
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'An API key: ithn_...' })
    .build();
  const document = SwaggerModule.createDocument(app, config, {
    standardSchemaConverter: (schema, { schemaType }) => convert(schema as z.ZodType, schemaType),
  });
  addWhatAllShare(document);
  return document;
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

/** Schemas that bear a title stand under `components` once and are referred to; the others are written out in place. */
function convert(schema: z.ZodType, io: 'input' | 'output'): { schema: JsonSchema; components: JsonSchema } {
  const components: JsonSchema = {};
  const whole = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as JsonSchema;
  delete whole['$schema'];
  return { schema: lift(whole, components) as JsonSchema, components };
}

function lift(node: unknown, components: JsonSchema): unknown {
  if (Array.isArray(node)) return node.map(item => lift(item, components));
  if (typeof node !== 'object' || node === null) return node;
  const lifted = Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, lift(value, components)]),
  );
  const title: unknown = lifted['title'];
  if (typeof title !== 'string' || !('type' in lifted || 'anyOf' in lifted || 'allOf' in lifted))
    return lifted;
  components[title] = lifted;
  return { $ref: `#/components/schemas/${title}` };
}
