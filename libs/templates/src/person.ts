import { type Locale, type LocalizedText, type MessageClass } from '#common';
import { type FaqEntry, faqIn } from './faq-entry.js';
import { type LinkMarking } from './link-marking.js';
import { type MessageSubject } from './message-subject.js';
import { subjectScope } from './subject-scope.js';

/** What a template may know of the person it is rendered for. A contact's profile fits as it is. */
export interface Person {
  firstName: string | null;
  lastName: string | null;
  email: string | null;
  phone: string | null;
  /** BCP 47, as the contact gave it: `ar-EG`, `en`. */
  locale: string | null;
  country: string | null;
  attributes: Readonly<Record<string, unknown>>;
}

/** Who sends, as the legal footer says it. Empty fields are left out; `sender` rows fit as they are. */
export interface SenderIdentity {
  legalName: string | null;
  tradingName: string | null;
  registrationNumber: string | null;
  registrationPlace: string | null;
  registeredAddress: string | null;
  contactEmail: string | null;
  phone: string | null;
  website: string | null;
  privacyUrl: string | null;
  /** The language for people whose own is unknown or not spoken. */
  defaultLocale: string;
  /** IANA name; the footer's dates are told in it. */
  timeZone: string;
  /** What customers ask most; absent where no mail shows it. */
  faq?: readonly FaqEntry[] | null;
}

/** Everything the legal footer states. All of it comes from the gate's row and the sender, none of it from an author. */
export interface FooterFacts {
  sender: SenderIdentity;
  /** What the message is for: it decides what the footer has to say, and whether there is a way out of it. */
  messageClass: MessageClass;
  /** Why this person gets this message: the topic, on which basis (`express`, `soft_opt_in`, ...), since when. */
  reason: { topicName: LocalizedText; basis: string; since: Date };
  unsubscribeUrl: string;
  preferencesUrl: string;
}

/** What one message is rendered with, besides the person. */
export interface RenderContext extends FooterFacts {
  campaignName: string;
  /** What it is about, of what its template names; nothing when absent. */
  subject?: MessageSubject | undefined;
  /**
   * What may be measured of this person. Rendering is the one place that may add a picture or change a link for it, and
   * only where it says so; never the links of the footer.
   */
  tracking: { opens: boolean; links: boolean };
  /** What addresses are made with where tags are added or something is measured; null: every link as it is written. */
  marking: LinkMarking | null;
}

/** What an author's Liquid can name, whatever the channel; amounts and days are written in this language. */
export function toScope(
  person: Person,
  context: { sender: SenderIdentity; campaignName: string; subject?: MessageSubject | undefined },
  locale: Locale,
): Record<string, unknown> {
  return {
    contact: {
      firstName: person.firstName,
      lastName: person.lastName,
      email: person.email,
      phone: person.phone,
      locale: person.locale,
      country: person.country,
      attributes: person.attributes,
    },
    sender: { ...context.sender, faq: faqIn(locale, context.sender.faq ?? []) },
    campaign: { name: context.campaignName },
    ...(context.subject && subjectScope(context.subject, { locale, timeZone: context.sender.timeZone })),
  };
}
