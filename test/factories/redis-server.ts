import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { freePort } from './free-port.js';

/** A throw-away redis-server on a port of its own, which can go away and come back, empty, at the same place. */
export class RedisServer {
  #child: ChildProcess | null = null;

  private constructor(private readonly port: number) {}

  /** null where the program is not installed. */
  static async start(): Promise<RedisServer | null> {
    const server = new RedisServer(await freePort());
    return (await server.begin()) ? server : null;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts it (again). @returns whether it runs */
  async begin(): Promise<boolean> {
    const child = spawn(
      'redis-server',
      ['--port', String(this.port), '--save', '', '--maxmemory-policy', 'noeviction'],
      { stdio: 'ignore' },
    );
    this.#child = child;
    const ended = new Promise<boolean>(resolve => {
      child.once('error', () => resolve(false));
      child.once('exit', () => resolve(false));
    });
    return Promise.race([ended, this.#answers(() => this.#child === child)]);
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill(signal);
    await exit;
  }

  async #answers(isWanted: () => boolean): Promise<boolean> {
    while (isWanted()) {
      const open = await new Promise<boolean>(resolve => {
        const socket = connect(this.port, '127.0.0.1');
        socket.once('connect', () => (socket.destroy(), resolve(true)));
        socket.once('error', () => resolve(false));
      });
      if (open) return true;
      await new Promise(resolve => setTimeout(resolve, 20).unref());
    }
    return false;
  }
}
