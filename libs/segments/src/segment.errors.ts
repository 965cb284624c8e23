import { DomainError, formatId } from '#common';

export function segmentNameTaken(name: string): DomainError {
  return new DomainError({
    kind: 'conflict',
    code: 'SEGMENT_NAME_TAKEN',
    message: `There is a segment named "${name}" already. Choose another name.`,
  });
}

export function segmentInUse(id: number): DomainError {
  return new DomainError({
    kind: 'conflict',
    code: 'SEGMENT_IN_USE',
    message: `A campaign uses the segment ${formatId('segment', id)}. Give the campaign another segment, or keep this one.`,
  });
}

/** A stored rule that was right once and is not any more, e.g. because an attribute was deleted. */
export function segmentBroken(id: number, error: DomainError): DomainError {
  return new DomainError({
    kind: 'unprocessable',
    code: 'SEGMENT_BROKEN',
    message: `The segment ${formatId('segment', id)} can no longer be evaluated; change its rule. ${error.message}`,
    details: error.details,
    cause: error,
  });
}

export function previewTooSlow(milliseconds: number): DomainError {
  return new DomainError({
    kind: 'unprocessable',
    code: 'PREVIEW_TOO_SLOW',
    message:
      `This rule took longer than ${milliseconds / 1000} seconds to count and was stopped. ` +
      'Make it simpler, e.g. with fewer "contains", or try again when the database is less busy.',
  });
}
