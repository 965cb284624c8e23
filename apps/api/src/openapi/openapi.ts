import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { z } from 'zod';

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
  return SwaggerModule.createDocument(app, config, {
    standardSchemaConverter: (schema, { schemaType }) => convert(schema as z.ZodType, schemaType),
  });
}

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
