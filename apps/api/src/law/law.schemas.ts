import { z } from 'zod';
import { cellNames } from '#consent';
import { id, instant, line, localizedText, pageQuery } from '../http/schemas.js';

const packCode = z.string().meta({ examples: ['GB'] });
const day = z.string().describe('A day, UTC: 2026-02-05');
const confidence = z
  .enum(['H', 'M', 'L'])
  .describe('H: primary text or two agreeing sources; M: one good source; L: confirm with counsel');
const value = z.unknown().describe('Its shape is the cell’s own: docs/law-packs.md');

export const overrideCell = z
  .strictObject({
    value,
    reason: line(500).min(5).describe('Whose advice, and when; it is kept for good'),
  })
  .meta({ title: 'OverrideLawCell' });
export type OverrideCell = z.infer<typeof overrideCell>;

export const overrideView = z
  .object({
    id: id('lawOverride'),
    pack: packCode,
    cell: z.string(),
    value,
    reason: z.string(),
    actor: z.string(),
    createdAt: instant,
    removedAt: instant.nullable(),
    removedBy: z.string().nullable(),
  })
  .meta({ title: 'LawOverride' });
export type OverrideView = z.infer<typeof overrideView>;

export const overrideQuery = pageQuery.extend({ pack: z.string().max(20).optional() });
export type OverrideQuery = z.infer<typeof overrideQuery>;

const summary = {
  code: packCode.describe('"strict" is the default for unknown people and countries without a pack'),
  name: localizedText(100),
  countries: z.array(z.string()).describe('ISO 3166-1 alpha-2'),
  version: z.number().int().describe('The version in force'),
  effectiveFrom: day,
  label: z.string().describe('How it is recorded with messages, e.g. GB@2, or GB@2*7 with override 7 in it'),
  upcoming: z.array(z.object({ version: z.number().int(), effectiveFrom: day })),
};

export const packSummary = z
  .object({ ...summary, overrides: z.number().int().describe('How many cells an operator changed') })
  .meta({ title: 'LawPackSummary' });
export type PackSummary = z.infer<typeof packSummary>;

const packCell = z
  .object({
    name: z.enum(cellNames),
    value: value.describe('What the gate goes by: the override’s value where there is one'),
    source: z.string(),
    confidence,
    override: overrideView.nullable(),
    expects: z.string().describe('What an override of it may be'),
  })
  .meta({ title: 'LawCell' });

export const packView = z
  .object({
    ...summary,
    cells: z.array(packCell),
    versions: z
      .array(
        z.object({
          version: z.number().int(),
          effectiveFrom: day,
          cells: z
            .array(z.object({ name: z.enum(cellNames), value, source: z.string(), confidence }))
            .describe('Of the first version all, of each later one those that changed'),
        }),
      )
      .describe('Every version as the pack has it, without overrides, oldest first'),
  })
  .meta({ title: 'LawPack' });
export type PackView = z.infer<typeof packView>;
