import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { phoneToken } from '../../apps/standalone/src/settings.js';
import {
  anyPorts,
  endPrograms,
  isAlive,
  serverOf,
  StandaloneProgram,
  takenPort,
  temporaryFolder,
  type TemporaryFolder,
} from '../factories/standalone-program.js';

/**
 * The program that `npm run demo` and `npm start` start, as a person meets it: what it says, how it ends, and what it
 * leaves behind. (What it sends is told by the other stories.)
 */
const isRoot = process.getuid?.() === 0;

interface SmsResult {
  candidates: number;
  excluded: Record<string, number>;
  accepted: number;
  deferred: number;
  parts: number;
  cost: string;
}

interface PurchaseResult {
  orders: number;
  mails: number;
  sms: number;
  beforeRefund: number;
  afterRefund: number;
  days: number;
}

const account = {
  ...{ TWILIO_ACCOUNT_SID: `AC${'a'.repeat(32)}`, TWILIO_AUTH_TOKEN: 'a token of somebody' },
  TWILIO_API_URL: 'http://127.0.0.1:1',
};

const tinyDisk = mountTinyDisk();
let home: TemporaryFolder;
const folder = (name: string): string => join(home.path, name);

beforeAll(() => {
  home = temporaryFolder();
});
afterEach(endPrograms);
afterAll(() => {
  home.remove();
  if (tinyDisk === null) return;
  spawnSync('umount', [tinyDisk]);
  rmSync(tinyDisk, { recursive: true });
});

describe('a start that cannot be', () => {
  let others: { close(): void }[] = [];

  afterEach(() => {
    for (const other of others) other.close();
    others = [];
  });

  /** One sentence on stderr, exit code 1, no stack trace, nothing left running. */
  async function isRefused(
    dataFolder: string,
    args: string[],
    variables: Record<string, string> = {},
  ): Promise<string> {
    const program = new StandaloneProgram(dataFolder, args, variables);
    expect(await program.ended).toBe(1);
    expect(program.stderr).not.toMatch(/^\s+at /m);
    expect(program.stdout).not.toContain('✓');
    expect(serverOf(dataFolder)).toBeNull();
    expect(existsSync(join(dataFolder, 'ithn.pid'))).toBe(false);
    return program.stderr.trim();
  }

  async function takePort(): Promise<number> {
    const { port, server } = await takenPort();
    others.push(server);
    return port;
  }

  it('is answered at once for a word or an option it does not know', async () => {
    const began = Date.now();
    expect(await isRefused(folder('a'), ['dmeo'])).toBe(
      '"dmeo" is not a command; there are demo and start (see --help).',
    );
    expect(await isRefused(folder('a'), ['demo', '--quick'])).toBe(
      "Unknown option '--quick'. The options are listed by --help.",
    );
    const help = new StandaloneProgram(folder('a'), ['--help']);
    expect(await help.ended).toBe(0);
    expect(help.stdout).toMatch(/npm run demo .*npm start .*--exit .*--json /s);
    expect(help.stderr).toBe('');
    expect(existsSync(folder('a'))).toBe(false);
    // No database, no framework was loaded for it.
    expect(Date.now() - began).toBeLessThan(5000);
  });

  it('names the port that is taken and the option for another, before anything is made', async () => {
    const port = await takePort();
    const sentence = `Port ${port} is taken by another program. Stop that program, or choose another port:`;
    expect(await isRefused(folder('a'), ['start', '--port', String(port)])).toMatch(`${sentence} --port `);
    expect(
      await isRefused(folder('a'), ['demo', '--port', '0', '--inbox-port', String(port), '--json']),
    ).toMatch(`${sentence} --inbox-port `);
    expect(await isRefused(folder('a'), ['demo', ...anyPorts, '--inbox-sms-port', String(port)])).toMatch(
      `${sentence} --inbox-sms-port `,
    );
    expect(existsSync(join(folder('a'), 'postgres'))).toBe(false);
  });

  it('says that two of its parts cannot have one port', async () => {
    const { port, server } = await takenPort();
    await new Promise(resolve => server.close(resolve));
    const shared = ['--inbox-port', String(port), '--inbox-sms-port', String(port)];
    expect(await isRefused(folder('a'), ['start', '--port', '0', ...shared])).toBe(
      `The inbox and the sandbox phone cannot both have port ${port}. Change one: --inbox-sms-port ${port + 1}`,
    );
  });

  it('names every variable that is wrong', async () => {
    const said = await isRefused(folder('a'), ['start', ...anyPorts], {
      SENDING_BATCH: 'abc',
      LOG_LEVEL: 'loud',
    });
    expect(said.split('\n').map(line => line.replace(/(: ).*/, '$1'))).toEqual([
      'The configuration cannot be used:',
      '  - LOG_LEVEL: ',
      '  - SENDING_BATCH: ',
    ]);
  });

  it('says where no PostgreSQL answers, without the password', async () => {
    const said = await isRefused(folder('a'), ['start', ...anyPorts], {
      DATABASE_URL: 'postgres://ithn:hunter2@127.0.0.1:1/ithn',
    });
    expect(said).toBe(
      'DATABASE_URL: no PostgreSQL answers at 127.0.0.1:1 (nothing listens there). ' +
        'Start it, correct the address, or leave DATABASE_URL out to use the embedded PostgreSQL.',
    );
  });

  it('says that the password is wrong, without the password', async () => {
    const url = new URL(process.env['TEST_DATABASE_URL'] ?? '');
    url.password = 'hunter2';
    const said = await isRefused(folder('a'), ['start', ...anyPorts], { DATABASE_URL: url.href });
    expect(said).toMatch(
      /^DATABASE_URL: PostgreSQL at \S+ cannot be used: .*The name or the password is wrong\.$/,
    );
    expect(said).not.toContain('hunter2');
  });

  it('says that the data are of another PostgreSQL', async () => {
    const data = folder('other-version');
    mkdirSync(join(data, 'postgres'), { recursive: true, mode: 0o700 });
    writeFileSync(join(data, 'postgres', 'PG_VERSION'), '15\n');
    writeFileSync(join(data, 'secret'), 'a'.repeat(64));
    expect(await isRefused(data, ['start', ...anyPorts])).toMatch(
      /^The data in \S+ was written by PostgreSQL 15; this release brings \d+\. Start the release that wrote it /,
    );
    expect(readFileSync(join(data, 'postgres', 'PG_VERSION'), 'utf8')).toBe('15\n');
  });

  it('keeps data whose secret is lost, and says so', async () => {
    const data = folder('lost-secret');
    mkdirSync(join(data, 'postgres'), { recursive: true, mode: 0o700 });
    writeFileSync(join(data, 'postgres', 'PG_VERSION'), '18\n');
    expect(await isRefused(data, ['start', ...anyPorts])).toBe(
      `${data}/secret is missing. Put back the one that belongs to this data, or move ${data} away to begin anew.`,
    );
  });

  const unwritable = isRoot ? it.skip : it;
  unwritable('says which folder it may not use (root may use every folder: skipped there)', async () => {
    const data = folder('closed');
    mkdirSync(data, { mode: 0o500 });
    expect(await isRefused(data, ['start', ...anyPorts])).toMatch(`This account has no access to ${data}.`);
    chmodSync(data, 0o700);
  });

  const onTinyDisk = tinyDisk === null ? it.skip : it;
  onTinyDisk(
    'says that the disk is full (needs a tiny disk, which only root may mount: else skipped)',
    async () => {
      const data = join(tinyDisk as string, 'data');
      expect(await isRefused(data, ['start', ...anyPorts])).toMatch(
        /^The disk of \S+ is full\. Free some space and start again; no data is lost\.$/,
      );
      // Nothing half-made stands in the way of the next start.
      expect(existsSync(join(data, 'postgres'))).toBe(false);
      expect(readFileSync(join(data, 'secret'), 'utf8')).toHaveLength(64);
    },
  );
});

describe('npm start', () => {
  const data = (): string => folder('start');
  let key = '';

  const start = (...more: string[]): StandaloneProgram =>
    new StandaloneProgram(data(), ['start', ...anyPorts, ...more]);
  const keyOf = ({ stdout }: StandaloneProgram): string => /\bithn_[\w-]{30,}/.exec(stdout)?.[0] ?? '';
  const ask = async (url: string, path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(url + path, {
      ...init,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    });

  it('prints an API key once, and a second program is kept off the data', async () => {
    const program = start();
    const url = await program.url();
    expect(program.stdout).toContain('Your first API key, shown this once');
    expect((await fetch(`${url}/inbox/phones`)).status).toBe(200);
    key = keyOf(program);
    const made = await ask(url, '/v1/contacts', { method: 'POST', body: '{"email":"layla@mail.example"}' });
    expect(made.status).toBe(201);

    const second = new StandaloneProgram(data(), ['demo', ...anyPorts]);
    expect(await second.ended).toBe(1);
    expect(second.stderr.trim()).toMatch(
      /^Ithn already runs on \S+ \(process \d+\)\. Stop it first, or set ITHN_DATA_DIR to another folder\.$/,
    );
    expect((await ask(url, '/health/ready')).status).toBe(200);

    expect(await program.end('SIGKILL')).toBe('SIGKILL');
  });

  it('goes on after a kill -9 with the server that was left running, and loses nothing', async () => {
    const left = serverOf(data()) as number;
    expect(isAlive(left)).toBe(true);

    const program = start();
    const url = await program.url();
    expect(serverOf(data())).toBe(left);
    expect(keyOf(program)).toBe('');
    expect(program.stdout).toContain('npm start -- --new-key');
    const found = (await (await ask(url, '/v1/contacts')).json()) as { items: { email: string }[] };
    expect(found.items.map(contact => contact.email)).toEqual(['layla@mail.example']);

    // The server itself is killed: the program cannot go on, and says so once.
    process.kill(left, 'SIGKILL');
    expect(await program.ended).toBe(1);
    expect(
      program.stderr.match(/^PostgreSQL was ended from outside, so Ithn ends too\. Start it again;/gm),
    ).toHaveLength(1);
  });

  it('sees through the notes of processes that are gone, makes another key, and ends cleanly', async () => {
    // As after a power cut: their numbers belong to a living stranger now, this test.
    writeFileSync(join(data(), 'ithn.pid'), `${process.pid} 1`);
    const note = join(data(), 'postgres', 'postmaster.pid');
    const { uid, gid } = statSync(join(data(), 'postgres'));
    writeFileSync(note, `${process.pid}\n${join(data(), 'postgres')}\n1\n1\n\n127.0.0.1\n`);
    if (isRoot) chownSync(note, uid, gid);

    // With an account of Twilio's there is no sandbox phone.
    const program = new StandaloneProgram(data(), ['start', ...anyPorts, '--new-key'], account);
    const url = await program.url();
    expect(program.stdout).toContain('Another API key, shown this once');
    expect(keyOf(program)).not.toBe(key);
    expect((await fetch(`${url}/inbox/phones`)).status).toBe(404);
    expect((await fetch(`${url}/inbox`)).status).toBe(200);
    expect((await ask(url, '/v1/contacts')).status).toBe(200);

    const server = serverOf(data()) as number;
    expect(await program.end('SIGTERM')).toBe(0);
    expect(program.stderr).toBe('');
    expect(serverOf(data())).toBeNull();
    expect(isAlive(server)).toBe(false);
    expect(existsSync(join(data(), 'ithn.pid'))).toBe(false);
  });
});

describe('npm run demo', () => {
  const data = (): string => folder('demo');

  it('shows what happened, prints one JSON object, and stays up with links that work', async () => {
    const program = new StandaloneProgram(data(), ['demo', ...anyPorts, '--json']);
    const url = await program.url();
    const lines = program.stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(1);
    const result = JSON.parse(lines[0] as string) as Record<string, unknown>;
    expect(Object.keys(result)).toEqual([
      ...['imported', 'candidates', 'excluded', 'accepted', 'sms', 'purchase', 'seconds'],
    ]);
    const excluded = Object.values(result['excluded'] as Record<string, number>);
    expect(result['accepted']).toBe(
      (result['candidates'] as number) - excluded.reduce((sum, n) => sum + n, 0),
    );

    const link = (name: string): string => new RegExp(`${name} +(http\\S+)`).exec(program.stderr)?.[1] ?? '';
    for (const [name, words] of [
      ['The sandbox inbox', 'Nakhla'],
      ['SMS, as phones show them', 'Sandbox phone'],
      ["A customer's preferences", '1010000000'],
      ['The API, described', 'swagger'],
    ] as const) {
      expect(link(name)).toMatch(url);
      const page = await fetch(link(name));
      expect(page.status).toBe(200);
      expect(await page.text()).toContain(words);
    }

    const token = phoneToken(readFileSync(join(data(), 'secret'), 'utf8').trim());
    expect(program.stdout + program.stderr).not.toContain(token);
    const purchase = result['purchase'] as PurchaseResult;
    await tellsOfSms(url, result['sms'] as SmsResult, purchase, program.stderr);
    tellsOfPurchase(purchase, program.stderr);

    const server = serverOf(data()) as number;
    expect(await program.end('SIGINT')).toBe(0);
    expect(isAlive(server)).toBe(false);
    expect(program.stderr.trimEnd()).toMatch(/Stopping; what is in hand is finished first\.$/);
  });

  /** Whatever the hour: who may be written to now is, and of everybody else it says until when they wait. */
  async function tellsOfSms(
    url: string,
    sms: SmsResult,
    purchase: PurchaseResult,
    said: string,
  ): Promise<void> {
    const sum = (counts: number[]): number => counts.reduce((total, n) => total + n, 0);
    expect(sms.accepted + sms.deferred + sum(Object.values(sms.excluded))).toBe(sms.candidates);
    const waits = [...said.matchAll(/! (\d+) waits? until (?:\w+day )?\d\d:\d\d in [\w ]+: quiet hours/g)];
    expect(sum(waits.map(([, people]) => Number(people)))).toBe(sms.deferred);
    const kept = (await (await fetch(`${url}/inbox/phones.json?limit=500`)).json()) as {
      items: { text: string; parts: number }[];
    };
    // Time was put forward since: of those who waited for the morning some got theirs.
    const since = kept.items.length - sms.accepted - purchase.sms;
    expect(since).toBeGreaterThanOrEqual(0);
    expect(since).toBeLessThanOrEqual(sms.deferred);
    expect(sum(kept.items.map(({ parts }) => parts))).toBeGreaterThanOrEqual(sms.parts + purchase.sms);
    expect(kept.items.every(({ text }) => text.includes('Nakhla: '))).toBe(true);
    expect(Number(sms.cost) > 0).toBe(sms.accepted > 0);
  }

  /** In both languages, by mail and by SMS, and nothing to whom the order was refunded. */
  function tellsOfPurchase(purchase: PurchaseResult, said: string): void {
    expect(purchase).toMatchObject({ orders: 3, mails: 7, sms: 1, beforeRefund: 2, afterRefund: 0 });
    expect(said).toMatch(/day {2}0 {2}SMS {2}to Omar: .*وصلنا طلبك/);
    expect(said).toMatch(/day {2}0 {2}mail to James: We have received your order/);
    expect(said).toMatch(/day {2}6 {2}James gives the order back/);
    expect(said).toMatch(/day 33 {2}mail to Noura: ما يشبه مشترياتك/);
  }

  it('can be stopped in the middle, and begins anew the next time, even with no queue to be reached', async () => {
    const stopped = new StandaloneProgram(data(), ['demo', ...anyPorts, '--exit', '--json']);
    await stopped.says('A campaign');
    expect(await stopped.end('SIGINT')).toBe(0);
    expect(stopped.stdout).toBe('');
    expect(stopped.stderr).not.toMatch(/^\s+at |"level":50/m);
    expect(serverOf(data())).toBeNull();

    const program = new StandaloneProgram(data(), ['demo', ...anyPorts, '--exit', '--json'], {
      REDIS_URL: 'redis://127.0.0.1:1',
      // The demo's people are made up: nothing is for this account.
      ...account,
    });
    expect(await program.ended).toBe(0);
    expect(program.stderr).toMatch(/! REDIS_URL: nothing answers at 127\.0\.0\.1:1 /);
    expect((JSON.parse(program.stdout) as { accepted: number }).accepted).toBeGreaterThan(0);
    expect(serverOf(data())).toBeNull();
  });
});

/** A disk of 4 MB, or null where this account may not mount one. */
function mountTinyDisk(): string | null {
  if (!isRoot || process.platform !== 'linux') return null;
  const { path, remove } = temporaryFolder();
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', path], { stdio: 'ignore' });
  if (status === 0) return path;
  remove();
  return null;
}
