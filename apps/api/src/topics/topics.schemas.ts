import { z } from 'zod';
import { topicPurposes } from '#consent';
import { id, instant, localizedText, pageQuery } from '../http/schemas.js';
import { key } from '../senders/senders.schemas.js';

const description = z.strictObject({
  ar: z.string().trim().max(500).optional(),
  en: z.string().trim().max(500).optional(),
});

export const createTopic = z
  .strictObject({
    senderId: id('sender'),
    key,
    name: localizedText(100),
    description: description.default({}),
    purpose: z
      .enum(['marketing', 'service', 'transactional'])
      .default('marketing')
      .describe('What its messages are for; it decides which permission they need, and never changes'),
  })
  .meta({ title: 'CreateTopic' });
export type CreateTopic = z.infer<typeof createTopic>;

export const updateTopic = z
  .strictObject({ name: localizedText(100), description })
  .partial()
  .meta({ title: 'UpdateTopic' });
export type UpdateTopic = z.infer<typeof updateTopic>;

export const topicQuery = pageQuery.extend({ senderId: id('sender').optional() });
export type TopicQuery = z.infer<typeof topicQuery>;

export const topicView = z
  .object({
    id: id('topic'),
    senderId: id('sender'),
    key: z.string(),
    purpose: z.enum(topicPurposes),
    name: localizedText(100),
    description,
    createdAt: instant,
    updatedAt: instant,
  })
  .meta({ title: 'Topic' });
export type TopicView = z.infer<typeof topicView>;
