import { z } from 'zod';
import { ATTRIBUTE_KEY, attributeTypes } from '#contacts';
import { id, instant } from '../http/schemas.js';

const description = z.string().max(2000);

export const createAttribute = z
  .strictObject({
    key: z
      .string()
      .max(200)
      .meta({ pattern: ATTRIBUTE_KEY.source, examples: ['favourite_size'] }),
    type: z.enum(attributeTypes),
    description: description.default(''),
  })
  .meta({ title: 'CreateAttribute' });
export type CreateAttribute = z.infer<typeof createAttribute>;

export const updateAttribute = z
  .strictObject({ description })
  .meta({ title: 'UpdateAttribute', description: 'Key and type never change: make another attribute.' });
export type UpdateAttribute = z.infer<typeof updateAttribute>;

export const attributeView = z
  .object({
    id: id('attribute'),
    key: z.string(),
    type: z.enum(attributeTypes),
    description: z.string(),
    createdAt: instant,
  })
  .meta({ title: 'Attribute' });
export type AttributeView = z.infer<typeof attributeView>;

export const deleteQuery = z.object({
  removeValues: z.enum(['true', 'false']).default('false').describe('Remove the values of contacts too'),
});
export type DeleteQuery = z.infer<typeof deleteQuery>;
