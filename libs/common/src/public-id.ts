import { notFound } from './domain-error.js';

/**
 * Public ids are the row's number behind a prefix that says what it is: `cam_42`, `con_1007`.
 * A campaign's id given where a contact's is expected is then a clear 404 and never a wrong row.
 */
export const idPrefixes = {
  apiKey: 'key',
  attribute: 'att',
  campaign: 'cam',
  confirmationRequest: 'cnf',
  consentEvent: 'cev',
  contact: 'con',
  dispatch: 'dsp',
  enrolment: 'enr',
  feedback: 'fbk',
  form: 'frm',
  import: 'imp',
  lawOverride: 'ovr',
  order: 'ord',
  outgoingEvent: 'evt',
  personEvent: 'pev',
  segment: 'seg',
  smsClosure: 'clo',
  sender: 'snd',
  sequence: 'seq',
  shop: 'shp',
  subjectRequest: 'srq',
  suppression: 'sup',
  teamAddress: 'adr',
  template: 'tpl',
  templateVersion: 'tpv',
  topic: 'top',
  webhook: 'whk',
} as const;

export type IdKind = keyof typeof idPrefixes;

const nouns: Partial<Record<IdKind, string>> = {
  apiKey: 'API key',
  confirmationRequest: 'confirmation request',
  consentEvent: 'consent event',
  lawOverride: 'law override',
  outgoingEvent: 'event',
  personEvent: 'event',
  smsClosure: 'SMS closure',
  subjectRequest: 'subject request',
  teamAddress: 'team address',
  templateVersion: 'template version',
};

/** `formatId('campaign', 42)` is `cam_42`. */
export function formatId(kind: IdKind, id: number): string {
  return `${idPrefixes[kind]}_${id}`;
}

/**
 * The row number behind a public id.
 * @throws DomainError `<NOUN>_NOT_FOUND` when the text is no id of this kind.
 */
export function parseId(kind: IdKind, text: string): number {
  const match = /^([a-z]{3})_([1-9]\d{0,14})$/.exec(text);
  if (match?.[1] !== idPrefixes[kind]) throw notFound(nouns[kind] ?? kind, text);
  return Number(match[2]);
}

/** The pattern of a public id, for request schemas. */
export function idPattern(kind: IdKind): RegExp {
  return new RegExp(`^${idPrefixes[kind]}_[1-9]\\d{0,14}$`);
}
