import { connect, createServer } from 'node:net';
import { type Terminal } from './terminal.js';
import { StartError } from './start-error.js';

const PROBE_MS = 5000;

/**
 * Takes a port of this machine for a moment, so that a start fails before anything is begun.
 * @param port 0 for any free one
 * @returns the port
 * @throws StartError when it cannot be had
 */
export async function requirePort(host: string, port: number, option: string): Promise<number> {
  const found = await tryPort(host, port);
  if (typeof found === 'number') return found;
  switch (found.code) {
    case 'EADDRINUSE':
      throw new StartError(
        `Port ${port} is taken by another program. Stop that program, or choose another port: ` +
          `${option} ${port === 65_535 ? port - 1 : port + 1}`,
        found,
      );
    case 'EACCES':
    case 'EPERM':
      throw new StartError(
        `This account may not listen on port ${port}. Choose one above 1023 with ${option}.`,
        found,
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EINVAL':
      throw new StartError(
        `HOST: "${host}" is no address of this machine. Use 127.0.0.1, or 0.0.0.0 for all.`,
        found,
      );
    default:
      throw found;
  }
}

/** Says so when another program holds the same port on IPv6, where a browser asked for "localhost" may look first. */
export async function noteNeighbour(host: string, port: number, terminal: Terminal): Promise<void> {
  if (host !== '127.0.0.1') return;
  const found = await tryPort('::1', port);
  if (typeof found === 'number' || found.code !== 'EADDRINUSE') return;
  terminal.note(
    `Another program has port ${port} on IPv6. Open the links as they are written, with 127.0.0.1.`,
  );
}

function tryPort(host: string, port: number): Promise<number | NodeJS.ErrnoException> {
  return new Promise(resolve => {
    const server = createServer();
    server.once('error', resolve);
    server.listen({ host, port, exclusive: true, ipv6Only: host === '::1' }, () => {
      const taken = (server.address() as { port: number }).port;
      server.close(() => resolve(taken));
    });
  });
}

export interface ServerAddress {
  host: string;
  port: number;
  /** As a person reads it; never a password. */
  words: string;
}

export function addressOf(url: string, usualPort: number): ServerAddress {
  const { hostname, port } = new URL(url);
  const address = { host: hostname.replaceAll(/[[\]]/g, ''), port: Number(port) || usualPort };
  return { ...address, words: `${hostname}:${address.port}` };
}

/** Why nothing answers at an address; null when something does. */
export function whySilent({ host, port }: ServerAddress, timeoutMs = PROBE_MS): Promise<string | null> {
  return new Promise(resolve => {
    const socket = connect({ host, port });
    const end = (reason: string | null): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(reason);
    };
    const timer = setTimeout(() => end(`no answer within ${timeoutMs / 1000} s`), timeoutMs);
    socket.once('connect', () => end(null));
    socket.once('error', (error: NodeJS.ErrnoException) => end(reasonOf(error)));
  });
}

function reasonOf({ code = '', message }: NodeJS.ErrnoException): string {
  if (code === 'ECONNREFUSED') return 'nothing listens there';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'the name is not known';
  if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH') return 'there is no way to it from here';
  return message || code;
}
