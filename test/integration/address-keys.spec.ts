import { AddressHasher } from '#common';
import { Gate, SubscriptionLinks, type Topic } from '#consent';
import { type Contact, ContactsService } from '#contacts';
import { addressColumns, AddressKeys, keptHashes } from '#database';
import { SendDispatchHandler } from '#sending';
import { type TestApi, testApi } from '../factories/api.js';
import { addConsent, addContact, linkToken } from '../factories/contact.js';
import { testDatabase, type TestDatabase } from '../factories/database.js';
import { importFile } from '../factories/import.js';
import { addSender, addTopic } from '../factories/sender.js';
import { snapshot } from '../factories/snapshot.js';
import {
  addCampaign,
  addPeople,
  addShop,
  launch,
  progressOf,
  testSystem,
  until,
  untilState,
} from '../factories/system.js';
import { startWorkerProcess } from '../factories/worker-process.js';

const [first, second, third] = ['1', '2', '3'].map(digit => digit.repeat(40)) as [string, string, string];
const withKeys = (...newestFirst: string[]) => ({ ITHN_ADDRESS_KEY: newestFirst.join(',') });

let database: TestDatabase;
const opened: TestApi[] = [];

/** A process with these keys on the database of the test; all of them are closed after it. */
async function process(...newestFirst: string[]): Promise<TestApi> {
  const api = await testApi(withKeys(...newestFirst), [], database);
  opened.push(api);
  return api;
}

beforeEach(async () => {
  database = await testDatabase();
});
afterEach(async () => {
  for (const api of opened.splice(0)) await api.close();
  await database.close();
});

const press = (api: TestApi, token: string) =>
  api.request('POST', `/u/${token}`, 'List-Unsubscribe=One-Click', {
    'content-type': 'application/x-www-form-urlencoded',
  });

const generations = () =>
  database.db.query<{ generation: number }>('SELECT generation FROM address_key ORDER BY generation');

async function statusOf(contact: Contact, topic: Topic): Promise<string | undefined> {
  const row = await database.db.queryOne<{ status: string }>(
    'SELECT status FROM consent_state WHERE contact_id = $1 AND topic_id = $2 AND channel = $3',
    [contact.id, topic.id, 'email'],
  );
  return row?.status;
}

/** The gate's word on a contact, as the new process sees it. */
async function gateSays(api: TestApi, contact: Contact, topic: Topic): Promise<string | null | undefined> {
  const [row] = await api.app
    .get(Gate, { strict: false })
    .decide({ contactIds: [contact.id], channel: 'email', senderId: topic.senderId, topicId: topic.id });
  return row?.denial;
}

describe('when an address key is added', () => {
  it('every fingerprint in the database is the one the new keys make', async () => {
    const before = await process(first);
    const contact = await addContact(before.app, { phone: '+966501234567' });
    const suppressed = { channel: 'email', address: 'gone@example.org' };
    expect((await before.request('POST', '/v1/suppressions', suppressed)).status).toBe(201);
    const after = await process(third, second, first);
    const hasher = after.app.get(AddressHasher, { strict: false });
    const now = await after.app.get(ContactsService, { strict: false }).get(contact.id);
    expect(now.emailHash).toEqual(hasher.hash('email', contact.email ?? ''));
    expect(now.phoneHash).toEqual(hasher.hash('sms', '+966501234567'));
    expect(await generations()).toHaveLength(3);
    const found = await after.request('POST', '/v1/suppressions/search', suppressed);
    expect(found.body.items).toHaveLength(1);
    const listed = await database.db.query<{ address_hash: Buffer }>(
      'SELECT address_hash FROM suppressed_address',
    );
    // What an old key alone could reverse is nowhere any more.
    expect(listed).toEqual([{ address_hash: hasher.hash('email', 'gone@example.org') }]);
  });

  it('whoever withdrew and was deleted before stays unsendable when imported again', async () => {
    const before = await process(first);
    const topic = await addTopic(before.app, await addSender(before.app));
    const email = 'leaver@example.org';
    const contact = await addContact(before.app, { email });
    await addConsent(before.app, contact, topic);
    expect((await press(before, linkToken(before.app, contact, topic))).status).toBe(200);
    await before.request('DELETE', `/v1/contacts/con_${contact.id}`);

    const after = await process(second, first);
    const imported = await importFile(after, `email\n${email}\n`, {
      consents: [
        {
          ...{ topicId: `top_${topic.id}`, channel: 'email', basis: { value: 'express' } },
          evidence: { text: { value: 'Yes, write to me.' }, source: { value: 'an old list' } },
        },
      ],
    });
    expect(imported).toMatchObject({ state: 'finished', created: 1 });
    const [again] = (await after.request('GET', `/v1/contacts?email=${encodeURIComponent(email)}`)).body
      .items;
    const revived = await after.app.get(ContactsService, { strict: false }).get(Number(again.id.slice(4)));
    expect(await gateSays(after, revived, topic)).toBe('WITHDRAWN');
  });

  it('links of mails sent under every key unsubscribe with 200 and mean the same address', async () => {
    const links: { contact: Contact; token: string }[] = [];
    let topic: Topic | undefined;
    for (const keys of [[first], [second, first], [third, second, first]]) {
      const api = await process(...keys);
      topic ??= await addTopic(api.app, await addSender(api.app));
      const contact = await addContact(api.app);
      await addConsent(api.app, contact, topic);
      links.push({ contact, token: linkToken(api.app, contact, topic) });
    }
    const newest = opened.at(-1) as TestApi;
    const reader = newest.app.get(SubscriptionLinks, { strict: false });
    const contacts = newest.app.get(ContactsService, { strict: false });
    for (const { contact, token } of links) {
      expect(reader.read(token)?.addressHash).toEqual((await contacts.get(contact.id)).emailHash);
      expect((await press(newest, token)).status).toBe(200);
      expect(await statusOf(contact, topic as Topic)).toBe('withdrawn');
    }
    // Nobody was taken for somebody who has moved: no suppression had to be kept.
    expect(await database.db.query('SELECT 1 FROM suppression')).toHaveLength(0);
  });

  it('an old link to an address its contact left stops that address, and not the new one', async () => {
    const before = await process(first);
    const topic = await addTopic(before.app, await addSender(before.app));
    const contact = await addContact(before.app, { email: 'old@example.org' });
    await addConsent(before.app, contact, topic);
    const token = linkToken(before.app, contact, topic);
    await before.request('PATCH', `/v1/contacts/con_${contact.id}`, { email: 'new@example.org' });

    const after = await process(second, first);
    expect((await press(after, token)).status).toBe(200);
    const kept = await database.db.query<{ address_hash: Buffer }>(
      'SELECT DISTINCT address_hash FROM suppression',
    );
    const hasher = after.app.get(AddressHasher, { strict: false });
    expect(kept).toEqual([{ address_hash: hasher.hash('email', 'old@example.org') }]);
  });

  it('the ledger stays as it was, whole, and an address is found in it by the fingerprints of every generation', async () => {
    const before = await process(first);
    const topic = await addTopic(before.app, await addSender(before.app));
    const contact = await addContact(before.app);
    await addConsent(before.app, contact, topic);
    const rows = () => database.db.query<{ address_hash: Buffer }>('SELECT * FROM consent_event ORDER BY id');
    const ledger = await rows();
    const after = await process(second, first);
    expect(await rows()).toEqual(ledger);
    await addConsent(after.app, contact, topic);
    const hasher = after.app.get(AddressHasher, { strict: false });
    const told = await database.db.query<{ hash: Buffer; generation: number }>(
      'SELECT address_hash AS hash, address_generation_of(id) AS generation FROM consent_event ORDER BY id',
    );
    const hashes = hasher.hashesOf('email', contact.email ?? '');
    expect(told).toEqual(hashes.map((hash, at) => ({ hash, generation: at + 1 })));
  });

  it('who is erased later stays unsendable at each address, those that only the old ledger knows included', async () => {
    const before = await process(first);
    const topic = await addTopic(before.app, await addSender(before.app));
    const contact = await addContact(before.app, { email: 'earlier@example.org' });
    await addConsent(before.app, contact, topic);
    await before.request('PATCH', `/v1/contacts/con_${contact.id}`, { email: 'later@example.org' });

    const after = await process(second, first);
    expect((await after.request('POST', `/v1/contacts/con_${contact.id}/erasure`)).status).toBeLessThan(300);
    const kept = await database.db.query<{ address_hash: Buffer }>(
      `SELECT DISTINCT address_hash FROM suppression WHERE reason = 'erased'`,
    );
    const hasher = after.app.get(AddressHasher, { strict: false });
    const both = ['earlier', 'later'].map(name =>
      hasher.hash('email', `${name}@example.org`).toString('hex'),
    );
    expect(kept.map(row => row.address_hash.toString('hex')).sort()).toEqual(both.sort());
  });

  it('a second start with the same keys changes nothing', async () => {
    await addContact((await process(first)).app);
    await process(second, first);
    // Each test process makes an API key for itself and nothing else.
    const made = { 'public.api_key': '', 'public.audit_event': '' };
    const once = await snapshot(database.db);
    await process(second, first);
    expect({ ...(await snapshot(database.db)), ...made }).toEqual({ ...once, ...made });
  });

  it('two processes that start at once bring it up once', async () => {
    const contact = await addContact((await process(first)).app);
    const [one, other] = await Promise.all([process(second, first), process(second, first)]);
    const hasher = one.app.get(AddressHasher, { strict: false });
    for (const api of [one, other]) {
      const now = await api.app.get(ContactsService, { strict: false }).get(contact.id);
      expect(now.emailHash).toEqual(hasher.hash('email', contact.email ?? ''));
    }
    expect(await generations()).toHaveLength(2);
  });

  it('people who are written while it happens come out right, whichever came first', async () => {
    const before = await process(first);
    const topic = await addTopic(before.app, await addSender(before.app));
    for (let n = 0; n < 300; n++) await addContact(before.app);
    let stop = false;
    const refusals: string[] = [];
    const writer = async (): Promise<void> => {
      while (!stop) {
        const answer = await before.request('POST', '/v1/contacts', {
          email: `w${Math.random()}@example.org`,
        });
        if (answer.status !== 201) refusals.push(answer.body.code);
        if (refusals.length > 3) return;
      }
    };
    const leaver = async (): Promise<void> => {
      for (let n = 0; n < 20; n++) {
        const contact = await addContact(before.app).catch(() => null);
        if (contact) await press(before, linkToken(before.app, contact, topic));
      }
    };
    const busy = Promise.all([writer(), writer(), leaver()]);
    const after = await process(second, first);
    stop = true;
    await busy;
    const hasher = after.app.get(AddressHasher, { strict: false });
    const people = await database.db.query<{ email: string; hash: Buffer }>(
      'SELECT email, email_hash AS hash FROM contact',
    );
    expect(people.length).toBeGreaterThan(300);
    for (const { email, hash } of people) expect(hash).toEqual(hasher.hash('email', email));
    expect(new Set(refusals)).toEqual(new Set(refusals.length > 0 ? ['ADDRESS_KEY_OUTDATED'] : []));
  });
});

describe('a process with other keys than the database', () => {
  const start = async (...keys: string[]): Promise<string> => {
    try {
      await process(...keys);
      return 'started';
    } catch (error) {
      expect(error).toMatchObject({ code: 'ADDRESS_KEY_WRONG' });
      return (error as Error).message;
    }
  };

  it('does not start, and says what to do', async () => {
    await addContact((await process(second, first)).app);
    expect(await start(first)).toMatch(/lacks a key .* Put that key back/);
    expect(await start(second)).toMatch(/lacks a key/);
    expect(await start(first, second)).toMatch(/in another order/);
    expect(await start(third, first, second)).toMatch(/in another order/);
    expect(await start(third)).toMatch(/is not the one that this database was made with.*ITHN_SECRET/);
    expect(await generations()).toHaveLength(2);
    expect(await start(second, first)).toBe('started');
  });

  it('ends as a process of its own with that sentence', async () => {
    await process(second, first);
    const worker = startWorkerProcess(database.url, 'smtp://127.0.0.1:1', withKeys(third, first));
    expect(await worker.ended).not.toBe(0);
    expect(worker.log()).toMatch(/ITHN_ADDRESS_KEY lacks a key that this database was made with/);
  });

  it('does not start either when the database knows of no key yet, but of a person', async () => {
    await addContact((await process(first)).app);
    await database.db.query('DELETE FROM address_key');
    expect(await start(second)).toMatch(/is not the one/);
    expect(await start(second, first)).toBe('started');
    expect(await generations()).toHaveLength(2);
  });

  it('does not start when the secret that the key came from is gone; naming it as the key helps', async () => {
    const secrets = { old: 'o'.repeat(40), new: 'n'.repeat(40) };
    const open = async (env: Record<string, string>): Promise<void> =>
      void opened.push(await testApi(env, [], database));
    await open({ ITHN_SECRET: secrets.old });
    await open({ ITHN_SECRET: `${secrets.new},${secrets.old}` });
    await expect(open({ ITHN_SECRET: secrets.new })).rejects.toThrow(/oldest entry of ITHN_SECRET/);
    await open({ ITHN_SECRET: secrets.new, ITHN_ADDRESS_KEY: secrets.old });
    await open({ ITHN_SECRET: secrets.new, ITHN_ADDRESS_KEY: `${second},${secrets.old}` });
    expect(await generations()).toHaveLength(2);
  });

  it('and was started before the new key: it says so, is not ready, and can write no fingerprint', async () => {
    const old = await process(first);
    const topic = await addTopic(old.app, await addSender(old.app));
    const contact = await addContact(old.app);
    await addConsent(old.app, contact, topic);
    expect((await old.request('GET', '/health/ready')).status).toBe(200);
    const fresh = await process(second, first);
    const ready = await old.request('GET', '/health/ready');
    expect([ready.status, ready.body.code]).toEqual([503, 'ADDRESS_KEY_OUTDATED']);
    const added = await old.request('POST', '/v1/contacts', { email: 'late@example.org' });
    expect([added.status, added.body.code]).toEqual([503, 'ADDRESS_KEY_OUTDATED']);
    const asked = { channel: 'email', address: 'late@example.org' };
    const search = (api: TestApi) => api.request('POST', '/v1/suppressions/search', asked);
    expect((await search(old)).body.code).toBe('ADDRESS_KEY_OUTDATED');
    expect((await search(fresh)).status).toBe(200);

    // A link made by the new process is read right by the old one: what it says is what the database has.
    const now = await fresh.app.get(ContactsService, { strict: false }).get(contact.id);
    expect((await press(old, linkToken(fresh.app, now, topic))).status).toBe(200);
    expect(await statusOf(contact, topic)).toBe('withdrawn');
  });

  it('sends nothing any more, settles what it has, and leaves the rest to the others', async () => {
    const old = await testSystem('postgres', { env: withKeys(first), database });
    try {
      const shop = await addShop(old);
      await addPeople(old, shop, 5);
      const fresh = await process(second, first);
      const campaign = await addCampaign(old, shop);
      await launch(old, campaign);
      await until(
        () => progressOf(old, campaign),
        progress => progress.state === 'running',
      );
      const handler = old.app.get(SendDispatchHandler, { strict: false });
      for (let n = 0; n < 3; n++) await handler.sweep();
      expect(await progressOf(old, campaign)).toMatchObject({ accepted: 0, notYetAttempted: 5 });
      expect(await old.app.get(AddressKeys, { strict: false }).isCurrent()).toBe(false);
      await fresh.close();
      opened.splice(0);
      const worker = await testSystem('postgres', {
        env: { ...withKeys(second, first), INBOX_SMTP_PORT: String(old.inbox.port) },
        database,
      });
      try {
        expect(await untilState(worker, campaign, 'finished')).toMatchObject({ accepted: 5 });
      } finally {
        await worker.close();
      }
    } finally {
      await old.close();
    }
  });
});

describe('the list of fingerprints', () => {
  it('names every column that holds one, and says of every other hash why it stays', async () => {
    const rows = await database.db.query<{ name: string }>(
      `SELECT table_name || '.' || column_name AS name FROM information_schema.columns
        WHERE table_schema = 'public' AND data_type = 'bytea' AND column_name LIKE '%\\_hash'
          AND NOT (SELECT relispartition FROM pg_class WHERE oid = table_name::regclass) ORDER BY 1`,
    );
    const listed = addressColumns.flatMap(({ table, columns }) =>
      columns.map(column => `${table}.${column}`),
    );
    expect(rows.map(row => row.name)).toEqual([...listed, ...Object.keys(keptHashes)].sort());
  });

  it('has a guard on every table whose fingerprints a process brings', async () => {
    const guarded = await database.db.query<{ name: string }>(
      `SELECT c.relname AS name FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
        WHERE p.proname = 'refuse_outdated_fingerprint' ORDER BY 1`,
    );
    // Those of messages and of suppressed addresses are copied from the guarded tables by the database itself.
    const brought = addressColumns
      .map(({ table }) => table)
      .filter(table => !/^(message|suppressed_address|consent_forecast_suspect)$/.test(table));
    expect(guarded.map(row => row.name)).toEqual(brought.sort());
  });
});
