import { type GateQuestion } from '#consent';
import { type Database } from '#database';

/** Random choices that come out the same for the same seed. */
export interface Dice {
  below(limit: number): number;
  of<T>(list: readonly T[]): T;
}

export function dice(seed: number): Dice {
  let state = seed >>> 0;
  const below = (limit: number): number => {
    // Numerical Recipes' linear congruential generator; its high bits are good enough here.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  return { below, of: list => list[below(list.length)] as (typeof list)[number] };
}

type Change = (db: Database, asked: GateQuestion, dice: Dice) => Promise<unknown>;

const bases = ['express', 'double_opt_in', 'soft_opt_in', 'implied_purchase', 'service'];
const expiries = [null, null, '2026-01-01Z', '2027-01-01Z'];

/** Everything that can happen to what the gate reads about people, straight in its tables, to any of them. */
export const changes: readonly Change[] = [
  function grant(db, { contactIds, channel, topicId }, { of }) {
    return db.query(
      `INSERT INTO consent_state AS s (contact_id, channel, topic_id, status, basis, event_id, since, expires_at, country, categories)
       SELECT $1, $2, $3, 'granted', $4, (SELECT max(id) FROM consent_event), now() - interval '1 day', $5, $6, $7
       ON CONFLICT (contact_id, channel, topic_id) DO UPDATE
          SET status = 'granted', basis = excluded.basis, expires_at = excluded.expires_at, country = excluded.country,
              categories = excluded.categories`,
      [
        ...[of(contactIds), channel, topicId, of(bases), of(expiries), of(['SA', 'AE', null])],
        of([null, ['shoes'], ['socks']]),
      ],
    );
  },
  function withdraw(db, { contactIds, channel, topicId }, { of }) {
    return db.query(
      `UPDATE consent_state SET status = $4, basis = NULL, expires_at = NULL
        WHERE contact_id = $1 AND channel = $2 AND topic_id = $3`,
      [of(contactIds), channel, topicId, of(['withdrawn', 'unknown', 'refused', 'requested', 'expired'])],
    );
  },
  function forgetStates(db, { contactIds }, { of }) {
    return db.query('DELETE FROM consent_state WHERE contact_id = $1', [of(contactIds)]);
  },
  function move(db, { contactIds }, { of }) {
    return db.query('UPDATE contact SET country = $2, time_zone = $3 WHERE id = $1', [
      ...[of(contactIds), of(['SA', 'AE', 'GB', 'US', null])],
      of(['Asia/Riyadh', 'Mars/Olympus', null]),
    ]);
  },
  function takeAddress(db, { contactIds, channel }, { of }) {
    const [address, hash] = channel === 'email' ? ['email', 'email_hash'] : ['phone', 'phone_hash'];
    return db.query(`UPDATE contact SET ${address} = NULL, ${hash} = NULL WHERE id = $1`, [of(contactIds)]);
  },
  // Addresses go round among few, so that some that come back are suppressed.
  function giveAddress(db, { contactIds, channel }, { of, below }) {
    const n = below(20);
    const [address, hash] = channel === 'email' ? ['email', 'email_hash'] : ['phone', 'phone_hash'];
    return db.query(
      `UPDATE contact SET ${address} = $2, ${hash} = substr(sha256(convert_to($2, 'UTF8')), 1, 16)
        WHERE id = $1 AND NOT EXISTS (SELECT FROM contact WHERE ${address} = $2)`,
      [of(contactIds), channel === 'email' ? `moved${n}@example.com` : `+4479${String(n).padStart(8, '0')}`],
    );
  },
  function renumber(db, { contactIds }, { of, below }) {
    const phone = `+1${of(['212', '907'])}${String(below(20)).padStart(7, '0')}`;
    return db.query(
      `UPDATE contact SET phone = $2, phone_hash = substr(sha256(convert_to($2, 'UTF8')), 1, 16)
        WHERE id = $1 AND NOT EXISTS (SELECT FROM contact WHERE phone = $2)`,
      [of(contactIds), phone],
    );
  },
  // Where a beginning of numbers is in use: a new version of this product knows more of them.
  function rezone(db, _asked, { of }) {
    return db.query(
      `INSERT INTO phone_zone AS z VALUES ($1, $2)
       ON CONFLICT (prefix) DO UPDATE SET zones = excluded.zones WHERE z.zones <> excluded.zones`,
      [of(['1212', '1907']), of([['America/New_York'], ['Pacific/Honolulu', 'Asia/Tokyo'], ['Asia/Riyadh']])],
    );
  },
  function suppress(db, { contactIds, channel, senderId, topicId }, { of, below }) {
    const n = below(20);
    const moved = channel === 'email' ? `moved${n}@example.com` : `+4479${String(n).padStart(8, '0')}`;
    const [sender, topic] = of([
      [0, 0],
      [senderId, 0],
      [senderId, topicId],
    ]);
    return db.query(
      `INSERT INTO suppression (address_hash, channel, sender_id, topic_id, reason, source, created_at)
       SELECT COALESCE(CASE WHEN $2 THEN (SELECT ${channel === 'email' ? 'email_hash' : 'phone_hash'} FROM contact WHERE id = $1) END,
                       substr(sha256(convert_to($3, 'UTF8')), 1, 16)), $4, $5, $6, $7, 'test', now()
       ON CONFLICT (address_hash, channel, sender_id, topic_id) DO UPDATE SET reason = excluded.reason`,
      [
        ...[of(contactIds), below(2) === 0, moved, channel, sender, topic],
        of(['unsubscribed', 'complaint', 'erased']),
      ],
    );
  },
  function unsuppress(db, _asked, { below }) {
    return db.query('DELETE FROM suppression WHERE id % 7 = $1', [below(7)]);
  },
  function prefer(db, { contactIds, senderId }, { of }) {
    return db.query(
      `INSERT INTO subscription_preference (contact_id, sender_id, frequency, paused_until, updated_at)
       SELECT id, $2, $3, $4, now() FROM contact WHERE id = $1
       ON CONFLICT (contact_id, sender_id) DO UPDATE
          SET frequency = excluded.frequency, paused_until = excluded.paused_until`,
      [of(contactIds), senderId, of(['all', 'weekly']), of(expiries)],
    );
  },
  function preferNothing(db, { contactIds, senderId }, { of }) {
    return db.query('DELETE FROM subscription_preference WHERE contact_id = $1 AND sender_id = $2', [
      of(contactIds),
      senderId,
    ]);
  },
  function erase(db, { contactIds }, { of, below }) {
    return below(3) > 0 ? Promise.resolve() : db.query('DELETE FROM contact WHERE id = $1', [of(contactIds)]);
  },
  function meet(db, _asked, { below }) {
    const email = `new${below(1_000_000)}@example.com`;
    return db.query(
      `INSERT INTO contact (email, email_hash, created_at, updated_at)
       SELECT $1, substr(sha256(convert_to($1, 'UTF8')), 1, 16), now(), now() ON CONFLICT DO NOTHING`,
      [email],
    );
  },
  function override(db, _asked, { of }) {
    return db.query(`UPDATE law_rule SET bases = $2 WHERE country = $1`, [
      of(['SA', 'AE', 'GB', '']),
      of([
        ['express', 'double_opt_in'],
        ['express', 'soft_opt_in'],
        ['express', 'double_opt_in', 'soft_opt_in', 'implied_purchase'],
      ]),
    ]);
  },
];
