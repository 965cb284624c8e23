import { type Channel, channels } from '#common';
import { normalizeEmail, normalizePhone } from '#contacts';
import { type FormChoice, type FormWording, LONGEST_FIRST_NAME, typedLine } from '#sign-ups';
import { type Form as PostedForm } from './form-body.js';

/**
 * A field that people neither see nor hear; a program that fills in whatever it finds fills it in. Its name means
 * nothing to the memory of a browser, which would fill it in for a person.
 */
export const TRAP = 'contact_reason';

export interface SignUpFields {
  email: string;
  firstName: string;
  phone: string;
  ticked: Pick<FormChoice, 'topicId' | 'channel'>[];
}

export type FieldProblem = 'email' | 'phone' | 'phoneMissing' | 'choices';

export function isTrapped(form: PostedForm): boolean {
  return (form.one(TRAP) ?? '').trim() !== '';
}

/** What was typed, cleaned but not judged: it is shown again as it is when something is missing. */
export function readFields(form: PostedForm): SignUpFields {
  return {
    email: typedLine(form.one('email'), 320),
    firstName: typedLine(form.one('first_name'), LONGEST_FIRST_NAME),
    phone: typedLine(form.one('phone'), 40),
    ticked: form.all('choice').flatMap(readChoice),
  };
}

/** The fields as they are kept, or everything that is wrong with them. A box that is not on the form counts as unticked. */
export function checkFields(
  { email, firstName, phone, ticked }: SignUpFields,
  { asks }: Pick<FormWording, 'asks'>,
  offered: readonly FormChoice[],
): {
  problems: FieldProblem[];
  email: string | null;
  phone: string | null;
  firstName: string | null;
  choices: SignUpFields['ticked'];
} {
  const choices = offered.filter(one => ticked.some(other => isSame(one, other)));
  const kept = {
    email: normalizeEmail(email),
    // Read without a country: nobody said which one it is.
    phone: asks.phone && phone !== '' ? normalizePhone(phone, null) : null,
    firstName: asks.firstName && firstName !== '' ? firstName : null,
  };
  const problems: FieldProblem[] = [];
  if (kept.email === null) problems.push('email');
  if (asks.phone && phone !== '' && kept.phone === null) problems.push('phone');
  else if (kept.phone === null && choices.some(({ channel }) => channel === 'sms'))
    problems.push('phoneMissing');
  if (choices.length === 0) problems.push('choices');
  return { ...kept, problems, choices };
}

/** The value of a box: `top_7.email` without the prefix, as on the preference page. */
export function choiceValue({ topicId, channel }: Pick<FormChoice, 'topicId' | 'channel'>): string {
  return `${topicId}.${channel}`;
}

export function isSame(
  one: Pick<FormChoice, 'topicId' | 'channel'>,
  other: Pick<FormChoice, 'topicId' | 'channel'>,
): boolean {
  return one.topicId === other.topicId && one.channel === other.channel;
}

function readChoice(value: string): SignUpFields['ticked'] {
  const [, topicId, name] = /^([1-9]\d{0,14})\.(\w{1,10})$/.exec(value) ?? [];
  const channel = channels.find((known: Channel) => known === name);
  return channel ? [{ topicId: Number(topicId), channel }] : [];
}
