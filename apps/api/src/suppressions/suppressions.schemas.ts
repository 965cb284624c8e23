import { z } from 'zod';
import { channels } from '#common';
import { suppressionReasons } from '#consent';
import { id, instant, pageQuery } from '../http/schemas.js';

const channel = z.enum(channels);
const address = z
  .string()
  .trim()
  .min(3)
  .max(254)
  .describe('An email address, or a phone as E.164 (+9665...)');

export const addSuppression = z
  .strictObject({ channel, address, senderId: id('sender').optional().describe('Absent: whoever sends') })
  .meta({ title: 'AddSuppression' });
export type AddSuppression = z.infer<typeof addSuppression>;

export const findSuppression = z.strictObject({ channel, address }).meta({ title: 'FindSuppression' });
export type FindSuppression = z.infer<typeof findSuppression>;

export const liftQuery = z.object({
  why: z.string().trim().min(5).max(500).describe('The reason for lifting it; it goes into the audit trail'),
});

export const suppressionQuery = pageQuery;

export const suppressionView = z
  .object({
    id: id('suppression'),
    channel,
    senderId: id('sender').nullable().describe('null: whoever sends'),
    topicId: id('topic').nullable().describe('null: whatever about'),
    reason: z.enum(suppressionReasons),
    source: z.string(),
    createdAt: instant,
  })
  .meta({ title: 'Suppression' });
export type SuppressionView = z.infer<typeof suppressionView>;
