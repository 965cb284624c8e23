import { formatId } from '#common';
import { type Feedback, type FeedbackCount, type TimelineRow } from '#feedback';
import { formatMessageId } from '#sending';
import { type FeedbackCountsView, type FeedbackView, type TimelineItem } from './feedback.schemas.js';

export function toFeedbackView(feedback: Feedback): FeedbackView {
  const { dispatchId, contactId, senderId, detail, occurredAt, receivedAt, forwardedAt, ...rest } = feedback;
  return {
    ...rest,
    id: formatId('feedback', feedback.id),
    messageId: messageIdOf(dispatchId, contactId),
    contactId: contactId === null ? null : formatId('contact', contactId),
    senderId: senderId === null ? null : formatId('sender', senderId),
    words: detail,
    occurredAt: occurredAt.toISOString(),
    receivedAt: receivedAt.toISOString(),
    forwardedAt: forwardedAt?.toISOString() ?? null,
  };
}

export function toCountsView(counts: readonly FeedbackCount[]): FeedbackCountsView {
  const of = (kind: string, bounceClass: string | null = null): number =>
    counts
      .filter(count => count.kind === kind && (bounceClass === null || count.bounceClass === bounceClass))
      .reduce((sum, { messages }) => sum + messages, 0);
  return {
    ...{ delivered: of('delivered'), delayed: of('delayed') },
    bounced: { hard: of('bounced', 'hard'), soft: of('bounced', 'soft'), block: of('bounced', 'block') },
    ...{ complained: of('complained'), optedOut: of('opted_out') },
    ...{ replied: of('replied'), autoReplied: of('auto_replied') },
  };
}

export function toTimelineItem(row: TimelineRow, contactId: number): TimelineItem {
  return {
    ...{ at: row.at.toISOString(), kind: row.kind, channel: row.channel, detail: row.detail },
    messageId: messageIdOf(row.dispatchId, contactId),
    topicId: row.topicId === null ? null : formatId('topic', row.topicId),
    senderId: row.senderId === null ? null : formatId('sender', row.senderId),
  };
}

function messageIdOf(dispatchId: number | null, contactId: number | null): string | null {
  return dispatchId === null || contactId === null ? null : formatMessageId({ dispatchId, contactId });
}
