import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../factories/free-port.js';

/** An SMTP server that takes everything and keeps nothing. */
export interface Sink {
  url: string;
  close(): Promise<void>;
}

/** Where the unpacked package lies, so that it is fetched once. */
const folder = join(tmpdir(), 'ithn-smtp-sink');

/**
 * Postfix's smtp-sink, the fast sink of mail people measure with. Taken from the system, or unpacked from Debian's package
 * into the temporary folder: nothing is installed, so no mail server starts on this machine.
 * @throws Error that says what is missing.
 */
export async function startSmtpSink(): Promise<Sink> {
  const { program, libraries } = findSmtpSink();
  const port = await freePort();
  const child = spawn(
    program,
    [...(process.getuid?.() === 0 ? ['-u', 'nobody'] : []), `127.0.0.1:${port}`, '1000'],
    { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, LD_LIBRARY_PATH: libraries } },
  );
  let log = '';
  child.stderr.on('data', (text: Buffer) => (log += text.toString()));
  await listening(child, port, () => log);
  return {
    url: `smtp://127.0.0.1:${port}?tls=off`,
    close: async () => {
      const exit = once(child, 'exit');
      child.kill();
      await exit;
    },
  };
}

function findSmtpSink(): { program: string; libraries: string } {
  const installed = ['/usr/sbin/smtp-sink', '/usr/bin/smtp-sink'].find(path => existsSync(path));
  if (installed !== undefined) return { program: installed, libraries: '/usr/lib/postfix' };
  const unpacked = join(folder, 'usr/sbin/smtp-sink');
  if (!existsSync(unpacked)) {
    try {
      mkdirSync(folder, { recursive: true });
      execFileSync('apt-get', ['download', 'postfix'], { cwd: folder, stdio: 'ignore' });
      const archive = readdirSync(folder).find(name => name.endsWith('.deb')) as string;
      execFileSync('dpkg-deb', ['-x', archive, folder], { cwd: folder, stdio: 'ignore' });
    } catch (error) {
      throw new Error(
        'This bench needs smtp-sink, which is part of Debian’s package "postfix". It is not here and could not be fetched.',
        { cause: error },
      );
    }
  }
  return { program: unpacked, libraries: join(folder, 'usr/lib/postfix') };
}

async function listening(child: ChildProcess, port: number, log: () => string): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if (child.exitCode !== null) throw new Error(`smtp-sink ended: ${log()}`);
    const socket = connect(port, '127.0.0.1');
    const isOpen = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (isOpen) return;
    await new Promise(resolve => setTimeout(resolve, 50));
  }
  throw new Error(`smtp-sink does not listen: ${log()}`);
}
