import { type AddressInfo, type Socket } from 'node:net';
import { SMTPServer } from 'smtp-server';

/** An SMTP relay that takes a message once for each idempotency key, as Resend does. */
export interface KeyedRelay {
  url: string;
  /** Each whole mail that arrived: its recipient and its key. */
  offered: { to: string; key: string | null }[];
  /** What it delivered: the first of each key. */
  delivered: string[];
  /** What becomes of the next mails: `hang up` takes the mail and gives no answer. */
  answer: 'accept' | 'hang up' | 'try later' | 'refuse';
  close(): Promise<void>;
}

const HEADER = 'Resend-Idempotency-Key';

export async function startKeyedRelay(): Promise<KeyedRelay> {
  const sockets = new Set<Socket>();
  const known = new Set<string>();
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    logger: false,
    onData(stream, session, done) {
      const pieces: Buffer[] = [];
      stream.on('data', (piece: Buffer) => pieces.push(piece));
      stream.on('end', () => {
        const to = session.envelope.rcptTo[0]?.address ?? '';
        const head = Buffer.concat(pieces).toString('latin1').split('\r\n\r\n')[0] ?? '';
        const key = new RegExp(`^${HEADER}: (.+)$`, 'im').exec(head)?.[1]?.trim() ?? null;
        relay.offered.push({ to, key });
        if (relay.answer === 'try later')
          return done(Object.assign(new Error('4.3.0 Later'), { responseCode: 451 }));
        if (relay.answer === 'refuse')
          return done(Object.assign(new Error('5.7.1 No'), { responseCode: 550 }));
        if (key === null || !known.has(key)) relay.delivered.push(to);
        if (key !== null) known.add(key);
        if (relay.answer === 'hang up') {
          for (const socket of sockets) if (socket.remotePort === session.remotePort) socket.destroy();
          return;
        }
        done(null, 'Ok: queued as 4ABCD');
      });
    },
  });
  server.on('error', () => undefined);
  server.server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.server.address() as AddressInfo;
  const relay: KeyedRelay = {
    url: `smtp://127.0.0.1:${port}?tls=off&idempotency=${HEADER}`,
    offered: [],
    delivered: [],
    answer: 'accept',
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
  return relay;
}
