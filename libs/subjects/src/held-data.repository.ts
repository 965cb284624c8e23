import { Injectable } from '@nestjs/common';
import { type Channel, type Locale } from '#common';
import { type RightsPlaces } from '#consent';
import { Database } from '#database';

/** How often somebody wants to hear from a sender, and until when not at all. */
export interface HeldPreference {
  senderId: number;
  frequency: 'all' | 'weekly' | 'monthly';
  pausedUntil: Date | null;
  updatedAt: Date;
}

/** A sign-up that asked for a confirmation, and the mails about it. */
export interface HeldConfirmation {
  id: number;
  channel: Channel;
  senderId: number;
  formId: number;
  topicIds: number[];
  locale: Locale;
  ip: string | null;
  userAgent: string | null;
  source: string | null;
  requestedAt: Date;
  confirmedAt: Date | null;
  refusedAt: Date | null;
  mails: { kind: string; state: string; at: string | null }[];
}

/** What is held of a person in places that have no list of their own for it. Reads only. */
@Injectable()
export class HeldDataRepository {
  constructor(private readonly db: Database) {}

  /** Whether anything is held of a person: a profile, events, states, or messages that lead back to them. */
  async knows(contactId: number): Promise<boolean> {
    const row = await this.db.queryOne<{ known: boolean }>(
      `SELECT EXISTS (SELECT FROM contact WHERE id = $1)
           OR EXISTS (SELECT FROM consent_event WHERE contact_id = $1)
           OR EXISTS (SELECT FROM consent_state WHERE contact_id = $1)
           OR EXISTS (SELECT FROM message WHERE contact_id = $1 AND address_hash IS NOT NULL) AS known`,
      [contactId],
    );
    return row?.known === true;
  }

  /** Where a person may be protected: where they live, their phone's country, where they agreed, their senders'. */
  async placesOf(contactId: number): Promise<RightsPlaces> {
    const row = await this.db.queryOne<{ own: (string | null)[]; senders: (string | null)[] }>(
      `SELECT ARRAY(SELECT country FROM contact WHERE id = $1 UNION SELECT phone_country FROM contact WHERE id = $1
                    UNION SELECT evidence ->> 'country' FROM consent_event WHERE contact_id = $1) AS own,
              ARRAY(SELECT DISTINCT s.country FROM consent_event e JOIN sender s ON s.id = e.sender_id
                     WHERE e.contact_id = $1) AS senders`,
      [contactId],
    );
    return row ?? { own: [], senders: [] };
  }

  preferencesOf(contactId: number): Promise<HeldPreference[]> {
    return this.db.query<HeldPreference>(
      `SELECT sender_id AS "senderId", frequency, paused_until AS "pausedUntil", updated_at AS "updatedAt"
         FROM subscription_preference WHERE contact_id = $1 ORDER BY sender_id`,
      [contactId],
    );
  }

  confirmationsOf(contactId: number): Promise<HeldConfirmation[]> {
    return this.db.query<HeldConfirmation>(
      `SELECT r.id, r.channel, r.sender_id AS "senderId", r.form_id AS "formId", r.topic_ids AS "topicIds", r.locale,
              host(r.ip) AS ip, r.user_agent AS "userAgent", r.source, r.requested_at AS "requestedAt",
              r.confirmed_at AS "confirmedAt", r.refused_at AS "refusedAt",
              COALESCE((SELECT jsonb_agg(jsonb_build_object('kind', m.kind, 'state', m.state,
                          'at', to_char(COALESCE(m.settled_at, m.intended_at) AT TIME ZONE 'UTC',
                                        'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) ORDER BY m.kind)
                          FROM confirmation_mail m WHERE m.request_id = r.id), '[]') AS mails
         FROM confirmation_request r WHERE r.contact_id = $1 ORDER BY r.id`,
      [contactId],
    );
  }
}
