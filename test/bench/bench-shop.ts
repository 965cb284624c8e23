import { type INestApplicationContext } from '@nestjs/common';
import { AddressHasher } from '#common';
import { SendersService } from '#consent';
import { type Database } from '#database';
import { TemplatesService } from '#templates';

/** Who sends what about what, for campaigns of a bench. */
export interface BenchShop {
  senderId: number;
  topicId: number;
  templateId: number;
  templateVersionId: number;
}

/** A complete sender, a topic, and a newsletter in Arabic and English. */
export async function addBenchShop(app: INestApplicationContext): Promise<BenchShop> {
  const senders = app.get(SendersService, { strict: false });
  const templates = app.get(TemplatesService, { strict: false });
  const identity = {
    ...{ legalName: 'Nakheel Trading Company LLC', tradingName: 'Nakheel Market' },
    ...{ registrationNumber: '1010123456', registrationPlace: 'Commercial Register, Riyadh' },
    registeredAddress: '12 Olaya Street, Riyadh 12211, Saudi Arabia',
    ...{
      contactEmail: 'care@nakheel.example',
      phone: '+966 11 234 5678',
      website: 'https://nakheel.example',
    },
    ...{ privacyUrl: 'https://nakheel.example/privacy', fromName: 'Nakheel Market' },
    ...{ fromEmail: 'news@mail.nakheel.example', replyTo: 'care@nakheel.example' },
    ...{ defaultLocale: 'en' as const, timeZone: 'Asia/Riyadh', country: 'SA' },
  };
  const sender = await senders.create('nakheel', identity, 'bench');
  const topic = await senders.createTopic(
    sender.id,
    'offers',
    { en: 'Offers', ar: 'العروض' },
    { en: 'About twice a month.', ar: 'نحو مرتين في الشهر.' },
    'bench',
  );
  const { template, version } = await templates.create(
    'Newsletter',
    'email',
    templates.starter('newsletter'),
    'bench',
  );
  return { senderId: sender.id, topicId: topic.id, templateId: template.id, templateVersionId: version.id };
}

/** People who agreed to the topic by mail, half of whom read Arabic, with the fingerprints this product would make.
 * @param first number of the first one, so that more can be added. */
export async function addReaders(
  app: INestApplicationContext,
  db: Database,
  shop: BenchShop,
  count: number,
  first = 0,
): Promise<void> {
  const hasher = app.get(AddressHasher, { strict: false });
  const domains = ['gmail.com', 'outlook.com', 'yahoo.com', 'shop.example'];
  const names = ['Layla', 'ليلى', 'Omar', 'عمر'];
  for (let from = 0; from < count; from += 10_000) {
    const people = Array.from({ length: Math.min(10_000, count - from) }, (_, at) => {
      const n = first + from + at;
      const email = `reader.${n}@${domains[n % 4]}`;
      const hash = hasher.hash('email', email).toString('hex');
      return { email, hash, name: names[n % 4], locale: n % 2 === 0 ? 'en' : 'ar' };
    });
    await db.query(
      `WITH people AS (
         INSERT INTO contact (email, email_hash, first_name, locale, country, attributes, created_at, updated_at)
         SELECT email, decode(hash, 'hex'), name, locale, 'SA', '{"city": "Riyadh"}', now(), now()
           FROM jsonb_to_recordset($1::jsonb) AS p (email text, hash text, name text, locale text) RETURNING id
       ), events AS (
         INSERT INTO consent_event (contact_id, channel, sender_id, topic_id, action, basis, text_shown, method, source,
                                    actor, occurred_at, recorded_at)
         SELECT id, 'email', $2, $3, 'granted', 'express', 'Yes, write to me.', 'checkbox', 'https://shop.example', 'bench',
                now(), now() FROM people RETURNING id, contact_id
       )
       INSERT INTO consent_state (contact_id, channel, topic_id, status, basis, event_id, since, country)
       SELECT contact_id, 'email', $3, 'granted', 'express', id, now(), 'SA' FROM events`,
      [JSON.stringify(people), shop.senderId, shop.topicId],
    );
  }
  await db.query('VACUUM ANALYZE');
}
