import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, Database, EmbeddedPostgres, migrate } from '#database';
import { testDatabase, type TestDatabase } from '../factories/database.js';
import { freePort } from '../factories/free-port.js';

export interface ChaosDatabase extends TestDatabase {
  /** Only of a server of its own: ends it at once, as a crash does, and starts it again at the same place. */
  crash?: (signal: 'SIGQUIT' | 'SIGKILL') => Promise<void>;
  /** The same: every process of it, as a machine that hangs and comes back. */
  signalAll?: (signal: 'SIGSTOP' | 'SIGCONT') => void;
}

/** A migrated database: of the test run's server when there is one, unless a server of its own is wanted to be crashed. */
export async function chaosDatabase(ownServer: boolean): Promise<ChaosDatabase> {
  if (!ownServer && process.env['TEST_DATABASE_URL'] !== undefined) return testDatabase();
  const folder = mkdtempSync(join(tmpdir(), 'ithn-chaos-'));
  chmodSync(folder, 0o755);
  const dataDir = join(folder, 'postgres');
  const port = await freePort();
  // A commit is in the operating system's hands before it is answered: enough for whatever dies here but the machine.
  const settings = { port: String(port), fsync: 'off', synchronous_commit: 'on', full_page_writes: 'off' };
  const server = new EmbeddedPostgres({ dataDir, password: 'chaos', settings });
  const url = new URL(await server.start());
  url.port = String(port);
  const dataSource = await connect(url.href, 10);
  await migrate(dataSource);
  const postmaster = join(dataDir, 'postmaster.pid');
  return {
    url: url.href,
    dataSource,
    db: new Database(dataSource),
    crash: async signal => {
      const pid = Number(readFileSync(postmaster, 'utf8').split('\n')[0]);
      process.kill(pid, signal);
      // SIGKILL leaves the file; the start finds out that nobody is behind it.
      if (signal === 'SIGQUIT')
        while (existsSync(postmaster)) await new Promise(done => setTimeout(done, 20));
      await server.start();
    },
    signalAll: signal => {
      const pid = readFileSync(postmaster, 'utf8').split('\n')[0] as string;
      for (const one of [pid, ...childrenOf(pid)]) process.kill(Number(one), signal);
    },
    close: async () => {
      if (dataSource.isInitialized) await dataSource.destroy();
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Processes whose parent this is (proc(5): the fourth field of stat, after a name in parentheses). */
function childrenOf(pid: string): string[] {
  return readdirSync('/proc').filter(name => {
    try {
      return (
        /^\d+$/.test(name) && readFileSync(`/proc/${name}/stat`, 'utf8').split(') ')[1]?.split(' ')[1] === pid
      );
    } catch {
      return false;
    }
  });
}
