import { DomainError, type ErrorDetail } from '#common';
import { type Campaign } from './campaign.entity.js';

export function campaignState(campaign: Campaign, word: string): DomainError {
  return new DomainError({
    kind: 'conflict',
    code: 'CAMPAIGN_STATE',
    message: `The campaign is ${campaign.state} and cannot be ${word}.`,
  });
}

export function notReady(details: ErrorDetail[]): DomainError {
  const missing = details.filter(({ code }) => code === 'MISSING').map(({ path }) => path);
  const wrong = details.filter(({ code }) => code !== 'MISSING');
  const [first] = wrong;
  const sentences = [
    ...(missing.length > 0 ? [`The campaign lacks ${missing.join(', ')}. Fill these in and try again.`] : []),
    ...(first ? [`${first.path}: ${first.message}`] : []),
    ...(wrong.length > 1 ? [`(and ${wrong.length - 1} more)`] : []),
  ];
  return new DomainError({
    kind: 'unprocessable',
    code: 'CAMPAIGN_NOT_READY',
    message: sentences.join(' '),
    details,
  });
}

export function tooLate(): DomainError {
  return new DomainError({
    kind: 'unprocessable',
    code: 'SCHEDULE_TOO_LATE',
    message:
      'The time to send, or the time after which nothing may be sent, lies in the past. Choose a later one.',
  });
}

export function hourPassed(): DomainError {
  return new DomainError({
    kind: 'unprocessable',
    code: 'SCHEDULE_TOO_LATE',
    message: 'This hour has passed on every clock of the world. Choose a later one.',
  });
}

export function notAfterTooEarly(latest: Date): DomainError {
  return new DomainError({
    kind: 'unprocessable',
    code: 'NOT_LATER_THAN_TOO_EARLY',
    message: `In some time zones this hour comes after notLaterThan, and nobody there would receive it. Leave it out, or choose ${latest.toISOString()} or later.`,
  });
}

export function unknownReference(constraint: string): DomainError {
  const noun = /campaign_(topic|segment|template)/.exec(constraint)?.[1] ?? 'reference';
  return new DomainError({
    kind: 'unprocessable',
    code: `${noun.toUpperCase()}_UNKNOWN`,
    message: `There is no such ${noun}. Use the id of one that exists.`,
  });
}
