import { z } from 'zod';
import { operators, ruleLimits } from '#segments';
import { id, instant, locale } from '../http/schemas.js';

const ruleText = `
A rule as react-querybuilder emits it: a group of rules and further groups, also with independent combinators. No rules
means everybody. Fields, their operators and values: GET /v1/segments/fields. A date is a day (2026-11-21), a moment
(2026-11-21T09:00:00Z), a time from now (now-30d, today, today+2w; units h d w m y), or
{ "date" | "relative": "...", "zone": "Asia/Riyadh" }; days begin and end in UTC without a zone. How often an event was told:
{ "times": 2, "days": 30 }. A rule that is negated
(!=, notIn, doesNotContain, a "not" group) means also the people who have no value. At most ${ruleLimits.nodes} rules and
groups, ${ruleLimits.depth} deep.`;

/** Only described here: libs/segments reads it, because its faults have paths and codes of their own. */
const rule = z.record(z.string(), z.unknown()).meta({
  title: 'SegmentRule',
  description: ruleText.trim().replaceAll('\n', ' '),
  properties: {
    combinator: { type: 'string', enum: ['and', 'or'] },
    not: { type: 'boolean' },
    rules: {
      type: 'array',
      items: {
        type: 'object',
        description: 'A rule, or a group like the outer one.',
        properties: {
          field: {
            type: 'string',
            examples: [
              'contact.country',
              'attributes.score',
              'consent.email.top_3',
              'purchases.total.SAR',
              'events.cart.abandoned',
            ],
          },
          operator: { type: 'string', enum: [...operators] },
          value: {
            description:
              'A text, number, boolean or date; a list (or "a,b") for in and between; { times, days } of an event.',
          },
          muted: { type: 'boolean', description: 'Read as if it were not there.' },
        },
      },
    },
  },
  required: ['rules'],
  examples: [
    {
      combinator: 'and',
      rules: [
        { field: 'contact.country', operator: 'in', value: ['SA', 'AE'] },
        { field: 'contact.createdAt', operator: '>=', value: 'now-30d' },
        {
          combinator: 'or',
          not: true,
          rules: [{ field: 'attributes.tags', operator: 'contains', value: 'vip' }],
        },
      ],
    },
  ],
});

const name = z
  .string()
  .trim()
  .min(1)
  .max(120)
  .regex(/^[^\p{Cc}\p{Surrogate}]*$/u, 'holds control characters or broken Unicode');

export const createSegment = z.strictObject({ name, rule }).meta({ title: 'CreateSegment' });
export type CreateSegment = z.infer<typeof createSegment>;

export const updateSegment = z
  .strictObject({ name: name.optional(), rule: rule.optional() })
  .refine(
    changes => changes.name !== undefined || changes.rule !== undefined,
    'needs a name or a rule to change',
  )
  .meta({ title: 'UpdateSegment' });
export type UpdateSegment = z.infer<typeof updateSegment>;

export const previewRule = z.strictObject({ rule }).meta({ title: 'PreviewRule' });
export type PreviewRule = z.infer<typeof previewRule>;

export const segmentView = z
  .object({ id: id('segment'), name: z.string(), rule, createdAt: instant, updatedAt: instant })
  .meta({ title: 'Segment' });
export type SegmentView = z.infer<typeof segmentView>;

export const previewView = z
  .object({
    count: z.number().int().describe('How many contacts it means, exactly'),
    sample: z.array(
      z.object({
        id: id('contact'),
        firstName: z.string().nullable(),
        lastName: z.string().nullable(),
        email: z.string().nullable().describe('Masked'),
        phone: z.string().nullable().describe('Masked'),
      }),
    ),
  })
  .meta({ title: 'SegmentPreview' });
export type PreviewView = z.infer<typeof previewView>;

export const fieldsQuery = z.object({ locale: locale.default('en') });
export type FieldsQuery = z.infer<typeof fieldsQuery>;

const option = z.object({ name: z.string(), label: z.string() });

export const fieldsView = z
  .object({
    fields: z
      .array(
        z.object({
          name: z.string(),
          label: z.string(),
          operators: z.array(option.extend({ name: z.enum(operators) })),
          valueEditorType: z.enum(['text', 'select', 'checkbox']),
          inputType: z.enum(['text', 'number', 'date']).optional(),
          values: z.array(option).optional(),
          defaultValue: z.union([z.string(), z.boolean()]).optional(),
        }),
      )
      .describe("What react-querybuilder's `fields` prop takes"),
  })
  .meta({ title: 'SegmentFields' });
export type FieldsView = z.infer<typeof fieldsView>;
