import { isDeepStrictEqual } from 'node:util';
import { parseId } from '#common';
import { type Definition } from './definition.js';
import { type Checked } from './definition-check.js';
import { parseDuration } from './duration.js';
import { type Hearing, type SequenceVersion } from './sequence.js';

/** What happened longer ago than this when it is told starts nothing, unless a definition says otherwise: three days. */
const WITHIN_MS = 3 * 86_400_000;

/** What the database's triggers look for, of a definition. */
export function hearingOf({ trigger }: Definition, { triggerTopicId }: Checked): Hearing {
  const within = 'within' in trigger && trigger.within !== undefined ? parseDuration(trigger.within) : null;
  return {
    kind: trigger.on,
    topicId: triggerTopicId,
    event: trigger.on === 'event' ? trigger.name : null,
    shopId: 'shopId' in trigger && trigger.shopId !== undefined ? parseId('shop', trigger.shopId) : null,
    segmentId: trigger.on === 'segment.joined' ? parseId('segment', trigger.segmentId) : null,
    withinMs: within ?? WITHIN_MS,
  };
}

/** Whether what brings people in is something else, so that what was known of who waits for it means nothing. */
export function isOtherTrigger(before: SequenceVersion, after: Definition): boolean {
  // By what they say: PostgreSQL keeps the names of a JSON object in an order of its own.
  return !isDeepStrictEqual(before.definition.trigger, after.trigger);
}
