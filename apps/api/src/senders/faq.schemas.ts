import { z } from 'zod';
import { locales } from '#common';
import { localizedText } from '../http/schemas.js';

const MOST_ENTRIES = 20;
/** Each answer, in each language. */
const LONGEST_ANSWER = 1_000;

/** Plain text that may have several lines, and no other control characters. */
const paragraph = z
  .string()
  .trim()
  .min(1)
  .max(LONGEST_ANSWER)
  // eslint-disable-next-line no-control-regex -- control characters are what is refused
  .regex(/^[^\u0000-\u0009\u000b-\u001f\u007f]*$/, 'may have line breaks and no other control characters');

const answer = z
  .strictObject({ ar: paragraph.optional(), en: paragraph.optional() })
  .refine(
    text => locales.some(locale => text[locale] !== undefined),
    'needs a text in at least one language (ar, en)',
  );

export const faq = z
  .strictObject({
    entries: z
      .array(
        z.strictObject({
          question: localizedText(200),
          answer: answer.describe('Plain text; a person whose language is missing reads the other one'),
          url: z
            .url({ protocol: /^https?$/ })
            .max(500)
            .nullable()
            .default(null)
            .describe('Where to read more'),
        }),
      )
      .max(MOST_ENTRIES),
  })
  .meta({ title: 'Faq' });
export type Faq = z.infer<typeof faq>;
