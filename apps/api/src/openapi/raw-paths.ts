import { type OpenAPIObject } from '@nestjs/swagger';
import { type JsonSchema } from './json-schema.js';

/** What routes outside of the controllers add to the document: they read bytes, so no schema stands at their bodies. */
export interface RawPaths {
  paths: OpenAPIObject['paths'];
  components: JsonSchema;
}

export const parameter = (
  where: 'path' | 'header',
  name: string,
  description: string,
  schema: JsonSchema = { type: 'string' },
) => ({ in: where, name, required: where === 'path', description, schema });

export const answer = (description: string, type: string, schema: JsonSchema) => ({
  description,
  content: { [type]: { schema } },
});

/** Refusals by status, each with the codes it may bear. */
export function refusals(statusOf: Readonly<Record<string, number>>): Record<string, unknown> {
  const codes = new Map<number, string[]>();
  for (const [code, status] of Object.entries(statusOf))
    codes.set(status, [...(codes.get(status) ?? []), `\`${code}\``]);
  return Object.fromEntries(
    [...codes].map(([status, said]) => [
      String(status),
      answer(`Nothing of it is stored: ${said.join(', ')}`, 'application/problem+json', {
        $ref: '#/components/schemas/Problem',
      }),
    ]),
  );
}
