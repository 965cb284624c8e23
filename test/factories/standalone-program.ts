import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const main = join(import.meta.dirname, '..', '..', 'dist', 'apps', 'standalone', 'src', 'main.js');
const running = new Set<StandaloneProgram>();

/** The built program as a person starts it: a process of its own, on a data folder of its own. */
export class StandaloneProgram {
  stdout = '';
  stderr = '';
  /** The exit code, once it has ended. */
  readonly ended: Promise<number | string | null>;
  readonly #child: ChildProcess;
  #hasEnded = false;
  #onOutput: () => void = () => undefined;

  constructor(folder: string, args: string[], variables: Record<string, string> = {}) {
    // Nothing of the test run's own configuration, nor of the machine's, but what every program has.
    const { PATH = '', HOME = '' } = process.env;
    this.#child = spawn(process.execPath, [main, ...args], {
      env: { PATH, HOME, ITHN_DATA_DIR: folder, ...variables },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(this);
    this.#child.stdout?.on('data', data => ((this.stdout += String(data)), this.#onOutput()));
    this.#child.stderr?.on('data', data => ((this.stderr += String(data)), this.#onOutput()));
    this.ended = new Promise(resolve => {
      this.#child.once('close', (code, signal) => {
        this.#hasEnded = true;
        running.delete(this);
        this.#onOutput();
        resolve(signal ?? code);
      });
    });
  }

  /** Waits until it has written something. */
  async says(what: string | RegExp): Promise<void> {
    const found = (): boolean => {
      const all = this.stdout + this.stderr;
      return typeof what === 'string' ? all.includes(what) : what.test(all);
    };
    while (!found()) {
      if (this.#hasEnded)
        throw new Error(`It ended without saying ${String(what)}:\n${this.stdout}${this.stderr}`);
      await new Promise<void>(resolve => (this.#onOutput = resolve));
    }
  }

  /** Where the API listens, once it does. */
  async url(): Promise<string> {
    await this.says('Press Ctrl-C');
    return /the API listens on (\S+)/.exec(this.stdout + this.stderr)?.[1] ?? '';
  }

  end(signal: NodeJS.Signals): Promise<number | string | null> {
    this.#child.kill(signal);
    return this.ended;
  }
}

/** Ends what a failed test left running. */
export async function endPrograms(): Promise<void> {
  for (const program of running) await program.end('SIGTERM');
}

/** Ports that are free: the program's own way to be told so. */
export const anyPorts = ['--port', '0', '--inbox-port', '0'];

export interface TemporaryFolder {
  path: string;
  remove(): void;
}

/** Like a home folder, closed to other accounts. */
export function temporaryFolder(): TemporaryFolder {
  const path = mkdtempSync(join(tmpdir(), 'ithn-standalone-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** The process of the folder's embedded PostgreSQL, or null. */
export function serverOf(folder: string): number | null {
  const file = join(folder, 'postgres', 'postmaster.pid');
  return existsSync(file) ? Number(readFileSync(file, 'utf8').split('\n')[0]) : null;
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A killed child that nobody has waited for yet is dead all the same.
    return process.platform !== 'linux' || !/^State:\sZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** A port that another program has: this one. */
export async function takenPort(): Promise<{ port: number; server: Server }> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as { port: number }).port, server };
}
