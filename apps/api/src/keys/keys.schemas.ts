import { z } from 'zod';
import { scopes } from '#access';
import { id, instant, line } from '../http/schemas.js';

export const createKey = z
  .strictObject({
    name: line(100).min(1),
    scopes: z.array(z.enum(scopes)).min(1).max(scopes.length),
  })
  .meta({ title: 'CreateApiKey' });
export type CreateKey = z.infer<typeof createKey>;

export const keyView = z
  .object({
    id: id('apiKey'),
    name: z.string(),
    hint: z.string().describe('First characters of the key'),
    scopes: z.array(z.enum(scopes)),
    createdAt: instant,
    lastUsedAt: instant.nullable(),
    revokedAt: instant.nullable(),
  })
  .meta({ title: 'ApiKey' });
export type KeyView = z.infer<typeof keyView>;

export const createdKey = keyView.extend({ secret: z.string().describe('The key itself, shown this once') });
