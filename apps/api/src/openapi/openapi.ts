import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { z } from 'zod';

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
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'An API key: ithn_...' })
    .build();
  return SwaggerModule.createDocument(app, config, {
    standardSchemaConverter: (schema, { schemaType }) => {
      const { $schema: _, ...json } = z.toJSONSchema(schema as z.ZodType, {
        io: schemaType,
        unrepresentable: 'any',
      });
      return { schema: json };
    },
  });
}
