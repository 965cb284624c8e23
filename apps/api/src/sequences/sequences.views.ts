import { formatId } from '#common';
import { formatMessageId } from '#sending';
import {
  type EnrolmentRow,
  type Move,
  moveText,
  type PlaceCount,
  type SendingPause,
  type SequenceVersion,
  type SequenceWithVersion,
} from '#sequences';
import {
  type EnrolmentView,
  type PathView,
  type PlacesView,
  type SequenceView,
} from './sequences.schemas.js';

export function toSequenceView({ sequence, version }: SequenceWithVersion): SequenceView {
  return {
    id: formatId('sequence', sequence.id),
    ...{
      name: sequence.name,
      state: sequence.state,
      version: version.number,
      definition: version.definition,
    },
    startedAt: sequence.startedAt?.toISOString() ?? null,
    createdAt: sequence.createdAt.toISOString(),
    updatedAt: sequence.updatedAt.toISOString(),
  };
}

export function toEnrolmentView(row: EnrolmentRow): EnrolmentView {
  const isActive = row.state === 'active';
  return {
    id: formatId('enrolment', row.id),
    sequenceId: formatId('sequence', row.sequenceId),
    version: row.versionNumber,
    contactId: formatId('contact', row.contactId),
    orderId: row.orderId === null ? null : formatId('order', row.orderId),
    eventId: row.eventId === null ? null : formatId('personEvent', row.eventId),
    ...{ state: row.state, reason: row.reason, step: row.stepId },
    phase: isActive ? row.phase : null,
    lookAt: isActive ? row.dueAt.toISOString() : null,
    enteredAt: row.enteredAt.toISOString(),
    endedAt: row.endedAt?.toISOString() ?? null,
  };
}

export function toPathView(
  enrolment: EnrolmentRow,
  moves: readonly Move[],
  version: SequenceVersion,
): PathView {
  const { contactId } = enrolment;
  return {
    enrolment: toEnrolmentView(enrolment),
    moves: moves.map(move => ({
      at: move.at.toISOString(),
      step: move.step === null ? null : (version.plan.steps[move.step]?.id ?? null),
      ...{ outcome: move.outcome, reason: move.reason },
      messageId:
        move.dispatchId === null ? null : formatMessageId({ dispatchId: move.dispatchId, contactId }),
      text: { en: moveText(move, 'en'), ar: moveText(move, 'ar') },
    })),
  };
}

/** @param versions those of the sequence, for the names of their steps */
export function toPlacesView(
  counts: readonly PlaceCount[],
  versions: readonly SequenceVersion[],
  pauses: readonly SendingPause[],
): PlacesView {
  const all = (state: PlaceCount['state']): number =>
    counts.filter(count => count.state === state).reduce((sum, { count }) => sum + count, 0);
  const stepOf = ({ versionNumber, step }: PlaceCount): string =>
    versions.find(({ number }) => number === versionNumber)?.plan.steps[step ?? 0]?.id ?? '';
  return {
    ...{ onTheirWay: all('active'), finished: all('finished'), left: all('left') },
    steps: counts.flatMap(count =>
      count.phase === null
        ? []
        : [{ version: count.versionNumber, step: stepOf(count), phase: count.phase, people: count.count }],
    ),
    pauses: pauses.map(({ stepId, dispatchId, by, message, at }) => ({
      ...{ step: stepId, dispatchId: formatId('dispatch', dispatchId) },
      ...{ by, message, at },
    })),
    ends: counts.flatMap(({ state, reason, versionNumber, count }) =>
      state === 'active' || reason === null ? [] : [{ version: versionNumber, reason, people: count }],
    ),
  };
}
