import { z } from 'zod';
import { idPattern, type IdKind, idPrefixes, locales } from '#common';
import { COUNTRIES } from '#contacts';
import { ratePeriods } from '#sending';

/** A public id of one kind, e.g. `cam_42`. */
export const id = (kind: IdKind) =>
  z
    .string()
    .regex(idPattern(kind), `is not an id of this kind; it looks like ${idPrefixes[kind]}_42`)
    .meta({ examples: [`${idPrefixes[kind]}_42`] });

export const instant = z.iso
  .datetime({ offset: true })
  .describe('ISO 8601 with offset, e.g. 2026-11-21T09:00:00Z');

export const locale = z.enum(locales);

/** A country that there is: of one that there is not, no law would be known. */
export const country = z
  .enum([...COUNTRIES], 'must be an ISO 3166-1 alpha-2 code such as SA')
  .meta({ title: 'Country' });

/** How fast something may send, in people's words. */
export const rate = z
  .strictObject({
    messages: z.number().int().min(1).max(1_000_000),
    per: z.enum(ratePeriods),
  })
  .describe('So many messages per second, minute, hour or day; they leave evenly, one by one when it is slow')
  .meta({ title: 'Rate', examples: [{ messages: 500, per: 'hour' }] });

/** A text of one line, such as a name: line breaks have no place in headers, subjects and lists. */
export const line = (longest: number) =>
  z
    .string()
    .trim()
    .max(longest)
    // eslint-disable-next-line no-control-regex -- control characters are what is refused
    .regex(/^[^\u0000-\u001f\u007f]*$/, 'must be a single line');

/** A line of text by language, at least one: `{ "en": "News", "ar": "أخبار" }`. */
export const localizedText = (longest: number) =>
  z
    .strictObject({
      ar: line(longest).min(1).optional(),
      en: line(longest).min(1).optional(),
    })
    .refine(
      text => text.ar !== undefined || text.en !== undefined,
      'needs a text in at least one language (ar, en)',
    );

export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(100).optional(),
});

/** The schema of a page of items. */
export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable() });
