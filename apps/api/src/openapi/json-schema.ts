import { z } from 'zod';

export type JsonSchema = Record<string, unknown>;

/** Schemas that bear a title stand under `components` once and are referred to; the others are written out in place. */
export function convert(
  schema: z.ZodType,
  io: 'input' | 'output',
): { schema: JsonSchema; components: JsonSchema } {
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
