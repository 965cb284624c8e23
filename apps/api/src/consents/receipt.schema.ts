import { z } from 'zod';
import { topicPurposes } from '#consent';

const words = z.object({ en: z.string(), ar: z.string() });
const text = z.string().nullable();
const localized = z.object({ en: z.string().optional(), ar: z.string().optional() });

/** ISO/IEC TS 27560:2023, by its own names. */
export const receiptView = z
  .object({
    header: z.object({ schema_version: z.string(), record_id: z.string(), pii_principal_id: z.string() }),
    pii_processing: z.object({
      privacy_notice: z.array(z.object({ reference: z.string(), version: text })),
      language: text,
      consent_text: z.object({ text: z.string(), sha256: text, version: text }).nullable(),
      purposes: z.array(
        z.object({
          purpose_id: z.string(),
          purpose: localized,
          purpose_description: localized,
          purpose_type: z.enum(topicPurposes),
          pii_controller: z.string(),
        }),
      ),
      lawful_basis: z.object({ basis: z.string(), in_words: words }).nullable(),
      pii_information: z.array(z.object({ pii_type: z.string(), sensitive_pii_category: z.boolean() })),
      pii_controllers: z.array(z.string()),
      collection_method: z.object({ method: z.string(), source: z.string(), in_words: words }),
      processing_method: z.array(z.string()),
      retention_period: z.object({
        months: z.number().int(),
        from: z.string(),
        laws: z.array(z.string()).describe('The law packs of that time'),
      }),
      jurisdictions: z.array(z.string()),
      withdrawal_method: words,
      privacy_rights: z.array(z.object({ right: z.string(), how: words })),
    }),
    parties: z.array(
      z.object({
        party_id: z.string(),
        party_role: z.string(),
        party_type: z.string(),
        party_name: z.string(),
        party_trading_name: text,
        party_registration: text,
        party_address: text,
        party_email: text,
        party_phone: text,
        party_url: text,
        party_country: text,
      }),
    ),
    event: z.object({
      event_id: z.string(),
      event_time: z.string(),
      recorded_at: z.string(),
      event_type: z.enum(['explicit', 'implied', 'other']),
      event_state: z.string(),
      validity_duration: z.object({ until: text, in_words: words }),
      entity_id: z.string().describe('Who acted, or recorded it'),
    }),
    integrity: z.object({
      event_sha256: z.string(),
      seal: z
        .object({
          number: z.number().int(),
          hash: z.string(),
          previous_hash: text,
          sealed_at: z.string(),
          intact: z.boolean(),
        })
        .nullable()
        .describe('null in the moment before the event is linked'),
      verification: z.string(),
    }),
  })
  .meta({ title: 'ConsentReceipt' });
export type ReceiptView = z.infer<typeof receiptView>;
