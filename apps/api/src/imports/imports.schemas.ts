import { z } from 'zod';
import { channels } from '#common';
import { delimiters, importStates, importWarnings, matchKeys } from '#contacts';
import { id, instant, pageQuery } from '../http/schemas.js';

const column = z.string().max(1000).describe('A column of the file, by its header');

const source = z
  .union([z.strictObject({ column }), z.strictObject({ value: z.string().max(4000) })])
  .describe('A column of each row, or one value for all');

const consent = z.strictObject({
  topicId: id('topic'),
  channel: z.enum(channels),
  column: column.optional().describe('Says yes or no; absent: every row is of somebody who said yes'),
  basis: source.optional().describe('express, double_opt_in, soft_opt_in or implied'),
  evidence: z
    .strictObject({ text: source.optional(), source: source.optional(), url: source.optional() })
    .optional()
    .describe(
      'What the person saw and where. Without basis and evidence the consent is unknown: not sendable.',
    ),
  occurredAt: source.optional().describe('ISO 8601 date or instant'),
  expiresAt: source.optional().describe('ISO 8601 date or instant'),
});

export const importOptions = z
  .strictObject({
    columns: z
      .record(z.string().max(1000), z.string().max(100))
      .optional()
      .describe('Header -> field, `attributes.<key>` or `ignore`. Others are mapped by their name.'),
    matchBy: z.enum(matchKeys).optional(),
    onExisting: z.enum(['update', 'skip']).optional(),
    dryRun: z.boolean().optional(),
    delimiter: z.enum(delimiters).optional(),
    defaultCountry: z.string().max(10).optional().describe('Of phones in rows without a country'),
    consents: z.array(consent).max(50).optional(),
  })
  .meta({ title: 'ImportOptions' });
export type ImportOptions = z.infer<typeof importOptions>;

export const rawUploadQuery = z.object({
  options: z.string().optional().describe('ImportOptions as JSON, when the body is text/csv'),
  fileName: z.string().max(255).optional(),
});
export type RawUploadQuery = z.infer<typeof rawUploadQuery>;

const count = z.number().int();

export const importView = z
  .object({
    id: id('import'),
    state: z.enum(importStates),
    fileName: z.string().nullable(),
    dryRun: z.boolean(),
    matchBy: z.enum(matchKeys),
    onExisting: z.enum(['update', 'skip']),
    columns: z.array(z.object({ column: z.string(), field: z.string().nullable() })),
    bytes: count,
    percentage: z.number().describe('Of the file that was read, 0 to 100'),
    rowsRead: count.describe('= created + updated + skipped + rejected'),
    created: count,
    updated: count,
    skipped: count,
    rejected: count,
    consents: z.object({ granted: count, unknown: count, keptWithdrawn: count }),
    warnings: z
      .partialRecord(z.enum(importWarnings), count)
      .describe('Values that were left empty, and phones that are fixed lines'),
    error: z.object({ code: z.string(), message: z.string() }).nullable(),
    createdAt: instant,
    startedAt: instant.nullable(),
    finishedAt: instant.nullable(),
  })
  .meta({ title: 'Import' });
export type ImportView = z.infer<typeof importView>;

export const rejectionsQuery = pageQuery.extend({ format: z.enum(['json', 'csv']).default('json') });
export type RejectionsQuery = z.infer<typeof rejectionsQuery>;

export const rejectionView = z
  .object({
    line: count.describe('Of the file; the header is line 1'),
    code: z.string(),
    reason: z.string(),
    column: z.string().nullable(),
    row: z.array(z.string()),
  })
  .meta({ title: 'ImportRejection' });
export type RejectionView = z.infer<typeof rejectionView>;
