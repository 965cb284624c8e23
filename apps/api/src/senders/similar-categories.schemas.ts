import { z } from 'zod';
import { category } from '../consents/consents.schemas.js';

export const similarCategories = z
  .strictObject({
    groups: z
      .array(z.array(category).min(2).max(30))
      .max(100)
      .describe('Categories that are similar to each other: [["shoes", "socks"], ["phones", "cases"]]'),
  })
  .meta({ title: 'SimilarCategories' });
export type SimilarCategories = z.infer<typeof similarCategories>;
