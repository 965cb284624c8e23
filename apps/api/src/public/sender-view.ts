import { type Sender } from '#consent';

/** Who writes, as the foot of a page names it. Links are made here, so that no stored text becomes a `javascript:` one. */
export interface SenderView {
  name: string;
  legalName: string | null;
  registrationNumber: string | null;
  registrationPlace: string | null;
  registeredAddress: string | null;
  contactEmail: string | null;
  emailHref: string | null;
  phone: string | null;
  phoneHref: string | null;
  website: string | null;
  privacyUrl: string | null;
}

export function senderView(sender: Sender): SenderView {
  const { legalName, registrationNumber, registrationPlace, registeredAddress, contactEmail, phone } = sender;
  const dialled = phone?.replace(/[^\d+]/g, '');
  return {
    name: senderName(sender),
    legalName: filled(legalName),
    registrationNumber: filled(registrationNumber),
    registrationPlace: filled(registrationPlace),
    registeredAddress: filled(registeredAddress),
    contactEmail,
    emailHref: /^[^\s?&%"<>]+@[^\s?&%"<>]+$/.test(contactEmail ?? '') ? `mailto:${contactEmail}` : null,
    phone,
    phoneHref: dialled ? `tel:${dialled}` : null,
    website: webAddress(sender.website),
    privacyUrl: webAddress(sender.privacyUrl),
  };
}

/** The name people know: the trading name, or whichever there is. */
export function senderName(sender: Sender): string {
  return filled(sender.tradingName) ?? filled(sender.legalName) ?? filled(sender.fromName) ?? sender.key;
}

function filled(text: string | null): string | null {
  return text?.trim() ? text.trim() : null;
}

/** null for anything but a web address: no stored text becomes a `javascript:` link. */
export function webAddress(text: string | null): string | null {
  return text !== null && /^https?:\/\//i.test(text) ? text : null;
}
