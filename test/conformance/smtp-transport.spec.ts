import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import PostalMime from 'postal-mime';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { createLogger } from '#common';
import { type EmailTransport, parseRelayUrl, SandboxInbox, SmtpTransport } from '#transports';
import { type Destination, emailTransportConformance, sendTo } from './email-transport.conformance.js';
import { followOnConformance } from './follow-on.conformance.js';
import { smtpDialogueConformance, testTimeouts } from './smtp-dialogue.conformance.js';

const logger = createLogger('silent');
const patient = { ...testTimeouts, connect: 5000, greeting: 5000, command: 5000, afterData: 5000 };

function transportTo(urls: string[], timeouts = patient, connections = 4): EmailTransport {
  return new SmtpTransport(
    urls.map(url => parseRelayUrl(url, connections, timeouts)),
    logger,
  );
}

interface Server {
  url: (auth?: string, query?: string) => string;
  mails: Buffer[];
  close(): Promise<void>;
}

/** A real SMTP server of the usual kind. */
async function smtpServer(options: SMTPServerOptions = {}): Promise<Server> {
  const mails: Buffer[] = [];
  const refuse = (responseCode: number, text: string): Error =>
    Object.assign(new Error(text), { responseCode });
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    hideENHANCEDSTATUSCODES: true,
    closeTimeout: 200,
    logger: false,
    onRcptTo: ({ address }, _session, done) => {
      if (address.startsWith('gone@')) done(refuse(550, `5.1.1 <${address}> does not exist`));
      else if (address.startsWith('later@')) done(refuse(451, `4.7.1 <${address}>: try later`));
      else done();
    },
    onData: (stream, _session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        mails.push(Buffer.concat(chunks));
        done();
      });
    },
    ...options,
  });
  server.on('error', () => undefined);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.server.address() as AddressInfo;
  return {
    url: (auth = '', query = '') => `smtp://${auth}127.0.0.1:${port}${query}`,
    mails,
    close: () => new Promise(resolve => server.close(() => resolve())),
  };
}

async function sandbox(): Promise<Destination> {
  const folder = await mkdtemp(join(tmpdir(), 'ithn-inbox-'));
  const inbox = await SandboxInbox.start({ folder, port: 0 });
  const transport = transportTo([`smtp://127.0.0.1:${inbox.port}`]);
  return {
    transport,
    arrived: async () => {
      const raws: Buffer[] = [];
      for await (const mail of inbox.mails()) raws.push(mail.raw);
      return raws;
    },
    refused: 'bounce+1@example.org',
    deferred: 'defer@example.org',
    close: async () => {
      await transport.close();
      await inbox.close();
      await rm(folder, { recursive: true });
    },
  };
}

async function ordinaryServer(options: SMTPServerOptions = {}): Promise<Destination> {
  const server = await smtpServer(options);
  const transport = transportTo([server.url()]);
  return {
    transport,
    arrived: () => Promise.resolve(server.mails),
    refused: 'gone@example.org',
    deferred: 'later@example.org',
    close: async () => {
      await transport.close();
      await server.close();
    },
  };
}

emailTransportConformance('an ordinary SMTP server', () => ordinaryServer());
emailTransportConformance('an SMTP server without pipelining', () =>
  ordinaryServer({ hidePIPELINING: true }),
);
emailTransportConformance('the sandbox inbox', sandbox);
smtpDialogueConformance('the SMTP transport', (...urls) => transportTo(urls, testTimeouts));
followOnConformance('the SMTP transport', (...urls) => transportTo(urls, testTimeouts));

describe('the SMTP transport, with encryption and login', () => {
  const login: SMTPServerOptions = {
    authOptional: false,
    disabledCommands: [],
    onAuth: (auth, _session, done) => {
      if (auth.username === 'ithn' && auth.password === 'p@ss,word') done(null, { user: 'ithn' });
      else done(Object.assign(new Error('5.7.8 Authentication failed'), { responseCode: 535 }));
    },
  };
  const once = async (options: SMTPServerOptions, auth: string, query: string) => {
    const server = await smtpServer(options);
    const transport = transportTo([server.url(auth, query)]);
    try {
      return { outcome: await sendTo(transport), mails: server.mails };
    } finally {
      await transport.close();
      await server.close();
    }
  };

  it('logs in over STARTTLS', async () => {
    const { outcome, mails } = await once(login, 'ithn:p%40ss%2Cword@', '?tls=insecure');
    expect(outcome.state).toBe('accepted');
    expect(mails).toHaveLength(1);
  });

  it('does not trust a certificate nobody vouches for', async () => {
    const { outcome, mails } = await once(login, 'ithn:p%40ss%2Cword@', '');
    expect(outcome.state).toBe('deferred');
    expect(outcome.reply).toMatch(/certificate/i);
    expect(mails).toHaveLength(0);
  });

  it('never sends a password without encryption', async () => {
    const { outcome } = await once(
      { ...login, disabledCommands: ['STARTTLS'], allowInsecureAuth: true },
      'ithn:p%40ss%2Cword@',
      '',
    );
    expect(outcome.state).toBe('deferred');
  });

  it('keeps the mail when our password is wrong: it is not the recipient that was refused', async () => {
    const { outcome } = await once(login, 'ithn:wrong@', '?tls=insecure');
    expect(outcome).toMatchObject({ state: 'deferred', code: 535, enhanced: '5.7.8', offered: false });
    expect(JSON.stringify(outcome)).not.toContain('wrong');
  });

  it('keeps the mail when the relay wants a login we do not have', async () => {
    const { outcome } = await once(
      { ...login, disabledCommands: ['STARTTLS'], allowInsecureAuth: true },
      '',
      '',
    );
    expect(outcome).toMatchObject({ state: 'deferred', code: 530 });
  });

  it('sends to an address beyond ASCII where the relay offers SMTPUTF8', async () => {
    const server = await smtpServer();
    const transport = transportTo([server.url()]);
    const outcome = await sendTo(transport, { to: { name: null, address: 'منى@مثال.إختبار' } });
    expect(outcome.state).toBe('accepted');
    const parsed = await PostalMime.parse(server.mails[0] as Buffer);
    expect(parsed.to?.[0]?.address).toBe('منى@xn--mgbh0fb.xn--kgbechtv');
    await transport.close();
    await server.close();
  });

  it('goes on behind a mail without an answer when the next recipient is refused', async () => {
    // As from afar: only there does a mail follow one that has no answer.
    const server = await smtpServer({ onMailFrom: (_address, _session, done) => void setTimeout(done, 10) });
    const transport = transportTo([server.url('', '?connections=1')]);
    const to = ['a@example.org', 'gone@example.org', 'b@example.org', 'later@example.org', 'c@example.org'];
    const sent = to.map(address => sendTo(transport, { to: { name: null, address } }));
    const states = (await Promise.all(sent)).map(outcome => outcome.state);
    expect(states).toEqual(['accepted', 'rejected', 'accepted', 'deferred', 'accepted']);
    expect(server.mails).toHaveLength(3);
    await transport.close();
    await server.close();
  });

  it('says "rejected" without sending when the mail is larger than the relay takes', async () => {
    const { outcome, mails } = await once({ size: 2000 }, '', '');
    expect(outcome.state).toBe('accepted');
    expect(mails).toHaveLength(1);
    const server = await smtpServer({ size: 2000 });
    const transport = transportTo([server.url()]);
    const large = await sendTo(transport, { html: 'x'.repeat(5000) });
    expect(large).toMatchObject({ state: 'rejected', enhanced: '5.3.4' });
    expect(server.mails).toHaveLength(0);
    await transport.close();
    await server.close();
  });

  it('replaces a connection after the mails its URL allows', async () => {
    let connections = 0;
    const server = await smtpServer({
      onConnect: (_session, done) => {
        connections++;
        done();
      },
    });
    const transport = transportTo([server.url('', '?messages=2&connections=1')]);
    for (let i = 0; i < 5; i++) expect((await sendTo(transport)).state).toBe('accepted');
    expect(connections).toBe(3);
    await transport.close();
    await server.close();
  });
});
