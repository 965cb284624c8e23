import { readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';

/** What a running server notes in its data folder. */
export interface Postmaster {
  pid: number;
  port: number;
  /** It was told to end, and lets nobody in any more. */
  isStopping: boolean;
}

/** The server's note in `postmaster.pid` (process on line 1, port on 4, state on 8); null when there is none. */
export function readPostmaster(dataDir: string): Postmaster | null {
  try {
    const lines = readFileSync(join(dataDir, 'postmaster.pid'), 'utf8').split('\n');
    const [pid, port] = [Number(lines[0]), Number(lines[3])];
    return pid > 0 ? { pid, port: port || 0, isStopping: lines[7]?.trim() === 'stopping' } : null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/**
 * Whether the noted process is the server of this folder. After a power cut its number may belong to any program, and
 * PostgreSQL itself would then refuse to start.
 */
export function isServerOf(pid: number, dataDir: string): boolean {
  if (!isAlive(pid)) return false;
  // Elsewhere than on Linux the number alone has to do.
  if (process.platform !== 'linux') return true;
  try {
    // A server's working directory is its data folder.
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(dataDir);
  } catch (error) {
    // In a container root may not look at another account's process that closely.
    return (error as NodeJS.ErrnoException).code !== 'ENOENT' && readProc(pid, 'comm').trim() === 'postgres';
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives, but belongs to someone else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  // In a container a dead process may stay listed for ever, because nobody asks for its exit code.
  return !/^\d+ \(.*\) [ZX]/s.test(readProc(pid, 'stat'));
}

function readProc(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return '';
  }
}

/** Whether a PostgreSQL answers on a port of this machine, by asking for encryption, which it always answers. */
export function answersAsPostgres(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect({ port, host: '127.0.0.1', timeout: 2000 });
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => socket.write(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]))); // SSLRequest
    socket.once('data', data => end(data[0] === 0x4e || data[0] === 0x53)); // "N" or "S"
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
    socket.once('close', () => end(false));
  });
}
