import { createReadStream, createWriteStream } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { loadConfig } from '#config';
import { AttributesService, ImportsService } from '#contacts';
import { type Database } from '#database';
import { createApi } from '../../apps/api/src/create-api.js';
import { benchServer } from './bench-server.js';
import { startWorker } from './bench-worker.js';
import { type Bench } from './bench.js';
import { cpuOf, cpuOfFamily, parentOf } from './cpu-time.js';
import { milliseconds } from './pairs.js';

/** What reading a list properly costs: parsed, checked, matched, fingerprinted and written, against COPY. */
export const importBench: Bench = {
  name: 'import',
  about:
    'import a CSV of --rows (1,000,000) against COPY of the same columns into a bare table; wanted: at most 4 times, memory flat',
  options: { rows: '1000000', rounds: '1' },
  run: async ({ rows, rounds }, say) => {
    const count = Number(rows);
    const folder = await mkdtemp(join(tmpdir(), 'ithn-bench-csv-'));
    // PostgreSQL reads it itself, under an account of its own.
    await chmod(folder, 0o755);
    const server = await benchServer();
    const env = {
      ...{ PATH: process.env['PATH'], DATABASE_URL: server.url, LOG_LEVEL: 'error' },
      ...{ ITHN_SECRET: 'for-the-bench-only-0123456789abcdef', SMTP_URL: 'smtp://127.0.0.1:9?tls=off' },
    };
    const app = await createApi(loadConfig(env), server.dataSource);
    try {
      const attributes = app.get(AttributesService, { strict: false });
      await attributes.create('city', 'text', '', 'bench');
      await attributes.create('orders', 'number', '', 'bench');
      const imports = app.get(ImportsService, { strict: false });
      const runs = [];
      for (let round = 0; round < Number(rounds); round++) {
        say(`round ${round + 1}: ${count} rows written to a file`);
        const file = await writeCsv(join(folder, 'people.csv'), count, round);
        const bareMs = await milliseconds(() => copy(server.db, file, 'bare'));
        const indexedMs = await milliseconds(() => copy(server.db, file, 'indexed'));
        say(`COPY ${Math.round(bareMs)} ms, with the indexes of contacts ${Math.round(indexedMs)} ms`);
        // A process for each import: the most memory it ever held is its own.
        const tenth = await importWith(
          env,
          imports,
          server.db,
          await writeCsv(join(folder, 'tenth.csv'), count / 10, 50 + round),
        );
        const whole = await importWith(env, imports, server.db, file);
        say(
          `imported in ${Math.round(whole.ms)} ms, most memory ${mb(whole.peak)} MB, of a tenth ${mb(tenth.peak)} MB`,
        );
        const { ms, peak, workerMs, databaseMs } = whole;
        runs.push({ bareMs, indexedMs, ms, memory: peak / tenth.peak, peak, workerMs, databaseMs });
        await server.db.query('TRUNCATE contact CASCADE');
      }
      const ratios = runs.map(({ ms, bareMs }) => round2(ms / bareMs)).sort((a, b) => a - b);
      const middle = runs.sort((a, b) => a.ms / a.bareMs - b.ms / b.bareMs)[
        Math.floor(runs.length / 2)
      ] as (typeof runs)[0];
      return {
        ...{
          name: 'import',
          ratio: round2(middle.ms / middle.bareMs),
          spread: [ratios[0], ratios.at(-1)],
          target: 4,
        },
        ratio_to_indexed: round2(middle.ms / middle.indexedMs),
        rows: count,
        rows_per_second: Math.round(count / (middle.ms / 1000)),
        copy_ms: Math.round(middle.bareMs),
        copy_indexed_ms: Math.round(middle.indexedMs),
        import_ms: Math.round(middle.ms),
        // Where it goes: processor time for a row.
        worker_us: round2((middle.workerMs * 1000) / count),
        database_us: round2((middle.databaseMs * 1000) / count),
        peak_mb: mb(middle.peak),
        memory_to_tenth: round2(middle.memory),
      };
    } finally {
      await app.close();
      await server.close();
      await rm(folder, { recursive: true });
    }
  },
};

const COLUMNS = ['email', 'phone', 'first_name', 'last_name', 'locale', 'country', 'city', 'orders'];

async function writeCsv(path: string, rows: number, round: number): Promise<string> {
  const names = ['Layla', 'ليلى', 'Omar', 'عمر'];
  const cities = ['Riyadh', 'Jeddah', 'Dubai', 'Cairo'];
  const line = (n: number): string =>
    `reader.${round}.${n}@${['gmail.com', 'outlook.com', 'shop.example'][n % 3]},` +
    `+9665${String(round * 1_000_000 + n).padStart(8, '0')},${names[n % 4]},Al-Harbi,${n % 2 ? 'ar' : 'en'},SA,${cities[n % 4]},${n % 20}\n`;
  await pipeline(
    Readable.from(
      (function* () {
        yield `${COLUMNS.join(',')}\n`;
        for (let n = 0; n < rows; n += 1000) {
          yield Array.from({ length: Math.min(1000, rows - n) }, (_, at) => line(n + at)).join('');
        }
      })(),
    ),
    createWriteStream(path, { mode: 0o644 }),
  );
  return path;
}

/** `bare`: the columns and nothing else. `indexed`: the same keys and indexes that contacts have, and no trigger. */
async function copy(db: Database, file: string, kind: 'bare' | 'indexed'): Promise<void> {
  await db.query('DROP TABLE IF EXISTS copied');
  await db.query(
    kind === 'bare'
      ? 'CREATE TABLE copied (email text, phone text, first_name text, last_name text, locale text, country text, city text, orders numeric)'
      : `CREATE TABLE copied (LIKE contact INCLUDING ALL EXCLUDING CONSTRAINTS, city text, orders numeric);
         ALTER TABLE copied ALTER created_at SET DEFAULT now(), ALTER updated_at SET DEFAULT now()`,
  );
  await db.query(`COPY copied (${COLUMNS.join(', ')}) FROM '${file}' (FORMAT csv, HEADER)`);
}

/** Uploaded, and worked off by a worker process; from the first byte to the last row. */
async function importWith(
  env: Record<string, string | undefined>,
  imports: ImportsService,
  db: Database,
  file: string,
): Promise<{ ms: number; peak: number; workerMs: number; databaseMs: number }> {
  const [backend] = await db.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const postmaster = parentOf(backend?.pid ?? 0);
  const before = cpuOfFamily(postmaster);
  const worker = startWorker(env);
  try {
    const ms = await milliseconds(async () => {
      const { id } = await imports.upload(createReadStream(file), 'people.csv', {}, 'bench');
      for (;;) {
        const row = await db.queryOne<{ state: string; rejected: number }>(
          'SELECT state, rejected FROM import WHERE id = $1',
          [id],
        );
        if (row?.state === 'finished' && row.rejected === 0) return;
        if (row?.state === 'failed' || (row?.rejected ?? 0) > 0)
          throw new Error(`The import failed: ${JSON.stringify(row)}`);
        await new Promise(resolve => setTimeout(resolve, 20));
      }
    });
    const databaseMs = cpuOfFamily(postmaster) - before;
    return { ms, peak: worker.peakBytes(), workerMs: cpuOf(worker.pid), databaseMs };
  } finally {
    await worker.stop();
  }
}

function mb(bytes: number): number {
  return Math.round(bytes / 1e6);
}

function round2(value: number): number {
  return Math.round(value * 100) / 100;
}
