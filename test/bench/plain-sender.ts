import { createHmac } from 'node:crypto';
import { createTransport } from 'nodemailer';
import { loadConfig } from '#config';
import { SendersService } from '#consent';
import { connect, Database } from '#database';
import { TemplatesService } from '#templates';
import { createWorker } from '../../apps/worker/src/create-worker.js';

/**
 * What a good programmer writes in an afternoon with nodemailer: a pool, a compiled template, everybody in the table, as
 * many sends under way as keep the pool busy. No permission is asked and nothing is recorded. It even borrows the
 * product's template renderer, so that the mails are the same. Forked by a bench, which says `send` and waits for `sent`.
 */
export interface PlainOrder {
  /** `raw`: the same bytes to everybody, composed once; nodemailer's best case. */
  mode: 'compose' | 'raw';
}

const { BENCH_SENDER, BENCH_TEMPLATE_VERSION, SMTP_CONNECTIONS, SMTP_URL } = process.env as Record<
  string,
  string
>;
const config = loadConfig();
const dataSource = await connect(config.DATABASE_URL as string, 2);
const db = new Database(dataSource);
const app = await createWorker(config, dataSource);
const template = await app.get(TemplatesService, { strict: false }).compile(Number(BENCH_TEMPLATE_VERSION));
const sender = await app.get(SendersService, { strict: false }).get(Number(BENCH_SENDER));
const { hostname, port } = new URL(SMTP_URL as string);
const connections = Number(SMTP_CONNECTIONS);
const transport = createTransport({
  ...{ host: hostname, port: Number(port), secure: false, ignoreTLS: true, pool: true },
  ...{ maxConnections: connections, maxMessages: 500 },
});

interface Reader {
  id: number;
  email: string;
  first_name: string;
  locale: string;
}

process.on('message', ({ mode }: PlainOrder) => {
  void sendAll(mode).then(sent => process.send?.({ sent }));
});
const [first] = await db.query<Reader>(
  'SELECT id, email, first_name, locale FROM contact ORDER BY id LIMIT 1',
);
process.send?.({ mailBytes: (await composeOnce(first as Reader)).length });

async function sendAll(mode: PlainOrder['mode']): Promise<number> {
  const readers = await db.query<Reader>('SELECT id, email, first_name, locale FROM contact ORDER BY id');
  const raw = mode === 'raw' ? await composeOnce(readers[0] as Reader) : null;
  const waiting = readers.values();
  const lane = async (): Promise<void> => {
    for (const reader of waiting) {
      await transport.sendMail(
        raw ? { envelope: { from: 'news@mail.nakheel.example', to: reader.email }, raw } : mailFor(reader),
      );
    }
  };
  await Promise.all(Array.from({ length: connections * 2 }, lane));
  return readers.length;
}

function mailFor(reader: Reader) {
  const token = createHmac('sha256', 'plain').update(String(reader.id)).digest('base64url');
  const unsubscribeUrl = `https://shop.example/u/${reader.id}/${token}`;
  const { subject, html, text } = template.render(
    {
      ...{ firstName: reader.first_name, lastName: null, email: reader.email, phone: null },
      ...{ locale: reader.locale, country: 'SA', attributes: { city: 'Riyadh' } },
    },
    {
      ...{ sender, messageClass: 'marketing', campaignName: 'Bench', unsubscribeUrl },
      preferencesUrl: `https://shop.example/p/${reader.id}/${token}`,
      reason: { topicName: { en: 'Offers', ar: 'العروض' }, basis: 'express', since: new Date() },
      tracking: { opens: false, links: false },
      marking: null,
    },
  );
  return {
    from: { name: 'Nakheel Market', address: 'news@mail.nakheel.example' },
    to: { name: reader.first_name, address: reader.email },
    replyTo: 'care@nakheel.example',
    ...{ subject, html, text },
    messageId: `<${token}@mail.nakheel.example>`,
    headers: {
      'List-Unsubscribe': `<${unsubscribeUrl}>`,
      'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
      'List-Id': 'Offers <offers.nakheel.mail.nakheel.example>',
    },
  };
}

/** One mail as nodemailer composes it. */
async function composeOnce(reader: Reader): Promise<Buffer> {
  const composer = createTransport({ streamTransport: true, buffer: true, newline: 'windows' });
  const { message } = await composer.sendMail(mailFor(reader));
  return message as Buffer;
}
