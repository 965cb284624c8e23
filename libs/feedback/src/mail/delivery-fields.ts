import { type DeliveryAction, deliveryActions, type ReportedRecipient } from './inbound-mail.js';
import { type Field, fieldOf, readFieldBlocks, withoutType } from './header-fields.js';
import { reportedAddress } from './mail-addresses.js';

/** The fields of a report (RFC 3464 2.2 and 2.3). */
export interface DeliveryFields {
  message: Field[];
  recipients: ReportedRecipient[];
}

const mostRecipients = 100;
const recipientFields = new Set([
  ...['final-recipient', 'original-recipient', 'action', 'status', 'diagnostic-code', 'remote-mta'],
  ...['last-attempt-date', 'final-log-id', 'will-retry-until'],
]);

/**
 * Reads the fields of a report, wherever they stand. A recipient begins at a blank line or where a field comes again;
 * a block that names nobody belongs to whom the one before named, for servers put blank lines anywhere.
 */
export function readDeliveryFields(text: string): DeliveryFields | null {
  const message: Field[] = [];
  const groups: Field[][] = [];
  for (const block of readFieldBlocks(text)) {
    let group: Field[] | null = null;
    for (const field of block) {
      if (!recipientFields.has(field.name)) {
        if (group) group.push(field);
        else message.push(field);
        continue;
      }
      if (!group || (namesSomebody(field) && group.some(({ name }) => name === field.name))) {
        const last = groups.at(-1);
        group = last && !block.some(namesSomebody) && lacks(last, block) ? last : null;
        if (!group) groups.push((group = []));
      }
      group.push(field);
    }
  }
  const recipients = groups
    .filter(group =>
      group.some(field => namesSomebody(field) || field.name === 'status' || field.name === 'action'),
    )
    .slice(0, mostRecipients)
    .map(recipientOf);
  return recipients.length > 0 ? { message, recipients } : null;
}

const namesSomebody = ({ name }: Field): boolean =>
  name === 'final-recipient' || name === 'original-recipient';

function lacks(group: readonly Field[], block: readonly Field[]): boolean {
  return block.every(({ name }) => !recipientFields.has(name) || !group.some(field => field.name === name));
}

function recipientOf(fields: Field[]): ReportedRecipient {
  const status = /[245]\s?\.\s?\d{1,3}\s?\.\s?\d{1,3}|[245]\d\d/.exec(
    (fieldOf(fields, 'status') ?? '').slice(0, 200),
  );
  const code = /^\s{0,5}([A-Za-z0-9_.-]{1,40})\s{0,5};(.*)$/s.exec(fieldOf(fields, 'diagnostic-code') ?? '');
  const words = (code ? code[2] : fieldOf(fields, 'diagnostic-code'))?.trim() ?? '';
  return {
    finalRecipient: reportedAddress(fieldOf(fields, 'final-recipient')),
    originalRecipient: reportedAddress(fieldOf(fields, 'original-recipient')),
    action: actionOf(fieldOf(fields, 'action'), status?.[0] ?? ''),
    status: status?.[0].replace(/\s/g, '') ?? null,
    diagnostic: words === '' ? null : { type: code?.[1]?.toLowerCase() ?? 'smtp', text: words },
    explanation: null,
    remoteMta: withoutType(fieldOf(fields, 'remote-mta')),
  };
}

/** A report that does not say is one of failure, unless its status says success. */
function actionOf(value: string | null, status: string): DeliveryAction {
  const word = /[a-z]+/.exec((value ?? '').toLowerCase())?.[0] ?? '';
  const known = deliveryActions.find(action => action === word);
  if (known) return known;
  if (/^(?:delay|warn|defer)/.test(word)) return 'delayed';
  return word === '' && status.startsWith('2') ? 'delivered' : 'failed';
}
