import { z } from 'zod';

/** A search never fails: what cannot be understood is left out. */
export const inboxQuery = z.object({
  q: z.string().trim().max(200).default('').catch(''),
  limit: z.coerce.number().int().min(1).max(500).default(100).catch(100),
});

export type InboxQuery = z.infer<typeof inboxQuery>;
