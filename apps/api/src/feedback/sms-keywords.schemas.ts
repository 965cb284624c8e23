import { z } from 'zod';
import { keywordCommands } from '#feedback';
import { line } from '../http/schemas.js';

const given = z.array(line(40).min(1)).max(50).default([]);
const words = (what: string) => given.describe(`Words that ${what}`);

export const putSmsKeywords = z
  .strictObject({
    stop: words('ask to be left alone'),
    start: words('ask for messages again'),
    help: words('ask for help'),
  })
  .meta({ title: 'PutSmsKeywords', examples: [{ stop: ['durdur'], start: ['başlat'], help: ['yardım'] }] });
export type PutSmsKeywords = z.infer<typeof putSmsKeywords>;

const kept = z.array(z.string());

export const smsKeywordsView = z
  .object(
    Object.fromEntries(keywordCommands.map(command => [command, kept])) as Record<
      (typeof keywordCommands)[number],
      typeof kept
    >,
  )
  .meta({ title: 'SmsKeywords', description: 'As they are compared: without case, accents and marks' });
export type SmsKeywordsView = z.infer<typeof smsKeywordsView>;
