import { type Channel, formatId, type LocalizedText } from '#common';
import { bases, type ConsentAction, type ConsentEvent } from './consent-event.js';
import { basisText, methodText } from './consent-words.js';
import { type Link } from './ledger-seal.repository.js';
import { type TopicPurpose } from './topic.entity.js';

/** Who a sender said it was at the time. */
export interface SenderIdentity {
  id: number;
  key: string;
  legalName: string | null;
  tradingName: string | null;
  registrationNumber: string | null;
  registrationPlace: string | null;
  registeredAddress: string | null;
  contactEmail: string | null;
  phone: string | null;
  website: string | null;
  privacyUrl: string | null;
  country: string | null;
}

/** What a topic was called at the time. */
export interface TopicIdentity {
  id: number;
  senderId: number;
  key: string;
  name: LocalizedText;
  description: LocalizedText;
  purpose: TopicPurpose;
}

/** Everything a receipt is made of, all of it stored, and none of it changed by what comes later. */
export interface ReceiptFacts {
  event: ConsentEvent;
  /** SHA-256 of all that the event says, hex. */
  digest: string;
  link: Link | null;
  /** The sender's, or every sender's when the event names none. */
  senders: SenderIdentity[];
  /** The topic's, or every topic's that the event covers. */
  topics: TopicIdentity[];
  retention: { months: number; laws: string[] };
}

/** A consent receipt in the structure of ISO/IEC TS 27560:2023, whose names it bears. */
export interface Receipt {
  header: { schema_version: string; record_id: string; pii_principal_id: string };
  pii_processing: {
    privacy_notice: { reference: string; version: string | null }[];
    language: string | null;
    consent_text: { text: string; sha256: string | null; version: string | null } | null;
    purposes: {
      purpose_id: string;
      purpose: LocalizedText;
      purpose_description: LocalizedText;
      purpose_type: TopicPurpose;
      pii_controller: string;
    }[];
    lawful_basis: { basis: string; in_words: { en: string; ar: string } } | null;
    pii_information: { pii_type: string; sensitive_pii_category: boolean }[];
    pii_controllers: string[];
    collection_method: { method: string; source: string; in_words: { en: string; ar: string } };
    processing_method: string[];
    retention_period: { months: number; from: string; laws: string[] };
    jurisdictions: string[];
    withdrawal_method: { en: string; ar: string };
    privacy_rights: { right: string; how: { en: string; ar: string } }[];
  };
  parties: {
    party_id: string;
    party_role: string;
    party_type: string;
    party_name: string;
    party_trading_name: string | null;
    party_registration: string | null;
    party_address: string | null;
    party_email: string | null;
    party_phone: string | null;
    party_url: string | null;
    party_country: string | null;
  }[];
  event: {
    event_id: string;
    event_time: string;
    recorded_at: string;
    event_type: 'explicit' | 'implied' | 'other';
    event_state: string;
    validity_duration: { until: string | null; in_words: { en: string; ar: string } };
    entity_id: string;
  };
  integrity: {
    event_sha256: string;
    /** null in the moment before the event is linked into the chain; nothing else of a receipt ever changes. */
    seal: {
      number: number;
      hash: string;
      previous_hash: string | null;
      sealed_at: string;
      intact: boolean;
    } | null;
    verification: string;
  };
}

const states: Record<ConsentAction, string> = {
  requested: 'requested',
  granted: 'given',
  confirmed: 'given and confirmed',
  refused: 'refused',
  withdrawn: 'withdrawn',
  expired: 'expired',
  voided: 'terminated',
  imported_unknown: 'unknown',
};

const addresses: Record<Channel, string> = { email: 'email address', sms: 'telephone number' };

const rights = [
  {
    right: 'withdrawal of consent',
    how: {
      en: 'The link in every message, at any time and without a reason.',
      ar: 'الرابط الموجود في كل رسالة، في أي وقت ودون إبداء سبب.',
    },
  },
  {
    right: 'access to and a copy of the data',
    how: { en: 'The preference page, or a request to the sender.', ar: 'صفحة التفضيلات أو طلب إلى المُرسِل.' },
  },
  {
    right: 'rectification',
    how: { en: 'A request to the sender.', ar: 'طلب إلى المُرسِل.' },
  },
  {
    right: 'erasure',
    how: { en: 'The preference page, or a request to the sender.', ar: 'صفحة التفضيلات أو طلب إلى المُرسِل.' },
  },
  {
    right: 'objection to direct marketing',
    how: {
      en: 'The link in every message, or a request to the sender.',
      ar: 'الرابط الموجود في كل رسالة أو طلب إلى المُرسِل.',
    },
  },
];

/** Makes the receipt of an event: a snapshot that comes out the same whenever it is asked for. */
export function toReceipt({ event, digest, link, senders, topics, retention }: ReceiptFacts): Receipt {
  const { channel, evidence } = event;
  const version = textOf(evidence['privacyNoticeVersion']);
  const country = textOf(evidence['country']);
  const known = bases.find(basis => basis === event.basis) ?? null;
  return {
    header: {
      schema_version: 'ISO/IEC TS 27560:2023',
      record_id: `urn:uuid:${uuidFrom(digest)}`,
      pii_principal_id: formatId('contact', event.contactId),
    },
    pii_processing: {
      privacy_notice: senders.flatMap(({ privacyUrl }) =>
        privacyUrl === null ? [] : [{ reference: privacyUrl, version }],
      ),
      language: event.locale,
      consent_text:
        event.textShown === null
          ? null
          : {
              text: event.textShown,
              sha256: event.textHash?.toString('hex') ?? null,
              version: event.textVersion,
            },
      purposes: topics.map(topic => ({
        purpose_id: formatId('topic', topic.id),
        purpose: topic.name,
        purpose_description: topic.description,
        purpose_type: topic.purpose,
        pii_controller: formatId('sender', topic.senderId),
      })),
      lawful_basis:
        event.basis === null
          ? null
          : {
              basis: event.basis,
              in_words: { en: basisText(event.basis, 'en'), ar: basisText(event.basis, 'ar') },
            },
      pii_information: (channel === null ? (['email', 'sms'] as const) : [channel]).map(of => ({
        pii_type: addresses[of],
        sensitive_pii_category: false,
      })),
      pii_controllers: senders.map(({ id }) => formatId('sender', id)),
      collection_method: {
        method: event.method,
        source: event.source,
        in_words: { en: methodText(event, 'en'), ar: methodText(event, 'ar') },
      },
      processing_method: (channel === null ? (['email', 'sms'] as const) : [channel]).map(of =>
        of === 'email' ? 'sending email' : 'sending text messages',
      ),
      retention_period: { months: retention.months, from: 'the end of the consent', laws: retention.laws },
      jurisdictions: [...new Set([country, ...senders.map(sender => sender.country)])].filter(
        place => place !== null,
      ),
      withdrawal_method: (rights[0] as (typeof rights)[number]).how,
      privacy_rights: rights,
    },
    parties: senders.map(sender => ({
      party_id: formatId('sender', sender.id),
      party_role: 'PII controller',
      party_type: 'organisation',
      party_name: sender.legalName ?? sender.tradingName ?? sender.key,
      party_trading_name: sender.tradingName,
      party_registration:
        [sender.registrationNumber, sender.registrationPlace].filter(part => part !== null).join(', ') ||
        null,
      party_address: sender.registeredAddress,
      party_email: sender.contactEmail,
      party_phone: sender.phone,
      party_url: sender.website,
      party_country: sender.country,
    })),
    event: {
      event_id: formatId('consentEvent', event.id),
      event_time: event.occurredAt.toISOString(),
      recorded_at: event.recordedAt.toISOString(),
      event_type: eventType(event.action, known),
      event_state: states[event.action],
      validity_duration: {
        until: event.expiresAt?.toISOString() ?? null,
        in_words:
          event.expiresAt === null
            ? { en: 'until it is withdrawn', ar: 'حتى سحبها' }
            : { en: 'until the time named, or until it is withdrawn', ar: 'حتى الوقت المذكور أو حتى سحبها' },
      },
      entity_id: event.actor,
    },
    integrity: {
      event_sha256: digest,
      seal: link && {
        number: link.number,
        hash: link.hash,
        previous_hash: link.previousHash,
        sealed_at: link.sealedAt.toISOString(),
        intact: link.intact,
      },
      verification: '/v1/ledger/verification',
    },
  };
}

function eventType(
  action: ConsentAction,
  basis: (typeof bases)[number] | null,
): Receipt['event']['event_type'] {
  if (action === 'voided' || action === 'expired' || action === 'imported_unknown') return 'other';
  return basis === 'implied_purchase' || basis === 'implied_inquiry' || basis === 'soft_opt_in'
    ? 'implied'
    : 'explicit';
}

/** A UUID of version 8 (RFC 9562 section 5.8) made of the event's digest: the same event has the same for ever. */
function uuidFrom(digest: string): string {
  const bytes = Buffer.from(digest, 'hex').subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
