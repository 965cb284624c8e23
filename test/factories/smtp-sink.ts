import { type AddressInfo, type Socket } from 'node:net';
import { SMTPServer } from 'smtp-server';

/** What the sink does with one mail, decided when its final dot has arrived. */
export type SinkAnswer = 'accept' | 'try later' | 'too fast' | 'refuse' | 'hang up' | 'hold';

/** An SMTP server that keeps, for each recipient, how often a whole mail for them arrived and when. */
export interface SmtpSink {
  url: string;
  /** A time (`performance.now()`) for each whole mail that arrived, by recipient. */
  arrivals: Map<string, number[]>;
  /** Whole mails that arrived. */
  total(): number;
  /** Recipients whose mail was taken with a 250. */
  accepted: Set<string>;
  /** Decides what becomes of a mail; accepts everything at first. */
  answer: (recipient: string) => SinkAnswer;
  /** Milliseconds before each answer to a final dot. */
  delay: number;
  /** Milliseconds before each answer to MAIL FROM: how long a mail that has begun takes until its body may go. */
  slowStart: number;
  /** Answers every mail that was held. */
  release(): void;
  close(): Promise<void>;
}

export async function startSmtpSink({ port: wanted = 0 } = {}): Promise<SmtpSink> {
  const held: (() => void)[] = [];
  const sockets = new Set<Socket>();
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    logger: false,
    onMailFrom(_address, _session, done) {
      if (sink.slowStart > 0) setTimeout(done, sink.slowStart);
      else done();
    },
    onData(stream, session, done) {
      stream.resume();
      stream.on('end', () => {
        const recipient = session.envelope.rcptTo[0]?.address ?? '';
        sink.arrivals.set(recipient, [...(sink.arrivals.get(recipient) ?? []), performance.now()]);
        const answer = sink.answer(recipient);
        if (answer === 'hang up') {
          for (const socket of sockets) if (socket.remotePort === session.remotePort) socket.destroy();
          return;
        }
        const finish = (): void => {
          if (answer === 'try later')
            return done(Object.assign(new Error('4.3.0 Later'), { responseCode: 451 }));
          if (answer === 'too fast')
            return done(Object.assign(new Error('4.7.28 Unusual rate of mail'), { responseCode: 421 }));
          if (answer === 'refuse')
            return done(Object.assign(new Error('5.1.1 No such user'), { responseCode: 550 }));
          sink.accepted.add(recipient);
          done(null, 'Ok');
        };
        if (answer === 'hold') held.push(finish);
        else if (sink.delay > 0) setTimeout(finish, sink.delay);
        else finish();
      });
    },
  });
  server.on('error', () => undefined);
  server.server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>(resolve => server.listen(wanted, '127.0.0.1', () => resolve()));
  const { port } = server.server.address() as AddressInfo;
  const sink: SmtpSink = {
    url: `smtp://127.0.0.1:${port}?tls=off`,
    arrivals: new Map(),
    accepted: new Set(),
    total: () => [...sink.arrivals.values()].reduce((sum, times) => sum + times.length, 0),
    answer: () => 'accept',
    delay: 0,
    slowStart: 0,
    release: () => held.splice(0).forEach(finish => finish()),
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
  return sink;
}
