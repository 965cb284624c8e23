import { createApi } from '../../apps/api/src/create-api.js';
import { AddressHasher } from '#common';
import { loadConfig } from '#config';
import { connect } from '#database';
import { addBenchPeople } from './bench-people.js';
import { benchServer } from './bench-server.js';
import { type Bench } from './bench.js';

const keys = ['n'.repeat(40), 'o'.repeat(40)];

/** How long the first start with a new address key takes, which is how long nobody can be written. */
export const addressKeysBench: Bench = {
  name: 'address-keys',
  about: 'add an address key to --contacts (1,000,000) with a message each; wanted: about a minute',
  options: { contacts: '1000000' },
  run: async ({ contacts }, say) => {
    const server = await benchServer();
    /** Milliseconds until a process with these keys serves. */
    const start = async (given: string[]): Promise<number> => {
      const config = loadConfig({
        DATABASE_URL: server.url,
        ITHN_SECRET: 'for-the-bench-only-0123456789abcdef',
        ITHN_ADDRESS_KEY: given.join(','),
        LOG_LEVEL: 'silent',
      });
      const dataSource = await connect(server.url, 4, given.length);
      const began = performance.now();
      const app = await createApi(config, dataSource);
      const took = performance.now() - began;
      await app.close();
      await dataSource.destroy();
      return took;
    };
    try {
      say('the first key');
      await start(keys.slice(1));
      await addBenchPeople(server.db, Number(contacts), say);
      say('messages');
      await server.db.query(
        `INSERT INTO message (dispatch_id, contact_id, state, attempt, chunk_id, lease_generation, address_hash, allowed_at)
         SELECT 1, id, 'accepted', 1, 1, 1, email_hash, now() FROM contact`,
      );
      await server.db.query('VACUUM ANALYZE');
      const fingerprints = await server.db.query<{ email: Buffer }>(
        'SELECT email_hash AS email FROM contact ORDER BY id LIMIT 100',
      );
      say('the second key');
      const rotation = await start(keys);
      say('a start with nothing to do');
      const nothing = await start(keys);
      const hasher = new AddressHasher(
        loadConfig({ ITHN_SECRET: keys.join(','), ITHN_ADDRESS_KEY: keys.join(',') }).addressKeys,
      );
      const now = await server.db.query<{ email: Buffer }>(
        'SELECT email_hash AS email FROM contact ORDER BY id LIMIT 100',
      );
      const right = now.filter(({ email }, at) =>
        hasher.upgrade(fingerprints[at]?.email as Buffer, 1).equals(email),
      ).length;
      const unmatched = await server.db.query(
        `SELECT 1 FROM suppression s WHERE NOT EXISTS (SELECT FROM contact c WHERE c.email_hash = s.address_hash)`,
      );
      return {
        contacts: Number(contacts),
        seconds: Math.round((rotation - nothing) / 100) / 10,
        rightOf100: right,
        suppressionsLost: unmatched.length,
        targetSeconds: 60,
      };
    } finally {
      await server.close();
    }
  },
};
