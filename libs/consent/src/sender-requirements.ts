import { type Channel } from '#common';
import { footerFields, type FooterField, type LawCells } from './law-pack.js';
import { type Sender } from './sender.entity.js';

/** A field of a sender that must not be empty. */
export type SenderRequirement = FooterField | 'fromName' | 'fromEmail';

/**
 * What these laws' footers ask for, and the name and address that every mail comes from. An SMS comes from what is set for it
 * elsewhere, and tells less.
 */
export function senderRequirements(
  laws: readonly LawCells[],
  channel: Channel = 'email',
): SenderRequirement[] {
  if (channel === 'sms') {
    const asked = new Set(laws.flatMap(cells => cells['footer.sms'].value));
    return footerFields.filter(field => asked.has(field));
  }
  const asked = new Set(
    laws.flatMap(cells => [...cells['footer.email'].value, ...cells['footer.sms'].value]),
  );
  return [...footerFields.filter(field => asked.has(field)), 'fromName', 'fromEmail'];
}

/** The fields this sender still lacks, by their API names. */
export function missingSenderFields(
  sender: Pick<Sender, SenderRequirement>,
  required: readonly SenderRequirement[],
): SenderRequirement[] {
  return required.filter(field => !sender[field]?.trim());
}
