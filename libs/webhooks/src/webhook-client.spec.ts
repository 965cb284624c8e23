import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer as createSocketServer, type Server } from 'node:net';
import fc from 'fast-check';
import { testCertificate } from '../../../test/factories/certificate.js';
import { CallableAddresses } from './callable-address.js';
import { type Resolve, WebhookClient } from './webhook-client.js';

const publicOnly = new CallableAddresses([]);
const loopback = new CallableAddresses(['127.0.0.0/8']);

describe('which addresses may be called', () => {
  it.each([
    ...['127.0.0.1', '127.255.255.254', '0.0.0.0', '10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1'],
    ...[
      '169.254.169.254',
      '100.64.0.1',
      '100.127.255.255',
      '192.0.0.8',
      '198.18.0.1',
      '224.0.0.1',
      '255.255.255.255',
    ],
    ...[
      '::1',
      '::',
      'fe80::1',
      'fc00::1',
      'fd12:3456::1',
      'ff02::1',
      '::ffff:127.0.0.1',
      '::ffff:8.8.8.8',
      '64:ff9b::7f00:1',
    ],
    ...['2002:7f00:1::', '2001:0:1::', '2001:db8::1', '::127.0.0.1', 'localhost', ''],
  ])('never %s', address => {
    expect(publicOnly.allows(address, 'https:')).toBe(false);
  });

  it.each([
    '8.8.8.8',
    '172.32.0.1',
    '100.128.0.1',
    '192.0.1.1',
    '2606:4700::1',
    '2a00:1450::1',
    '2001:4860:4860::8888',
  ])('%s over https, and not over http', address => {
    expect([publicOnly.allows(address, 'https:'), publicOnly.allows(address, 'http:')]).toEqual([
      true,
      false,
    ]);
  });

  it('those of networks that were named, also over http, and no others of the kind', () => {
    const own = new CallableAddresses(['10.1.0.0/16', 'fd00:1::/32']);
    for (const address of ['10.1.2.3', 'fd00:1::5']) expect(own.allows(address, 'http:')).toBe(true);
    for (const address of ['10.2.0.1', 'fd00:2::5', '127.0.0.1'])
      expect(own.allows(address, 'https:')).toBe(false);
  });

  it('none that is not public, whatever address it is (a slower way to say the same)', () => {
    const isPublic = (a: number, b: number, c: number): boolean => {
      if (a === 0 || a === 10 || a === 127 || a >= 224) return false;
      if ((a === 100 && b >= 64 && b < 128) || (a === 169 && b === 254) || (a === 172 && b >= 16 && b < 32))
        return false;
      if (a === 192 && (b === 168 || (b === 0 && (c === 0 || c === 2)) || (b === 88 && c === 99)))
        return false;
      return !(
        (a === 198 && (b === 18 || b === 19 || (b === 51 && c === 100))) ||
        (a === 203 && b === 0 && c === 113)
      );
    };
    const octet = fc.oneof(
      fc.integer({ min: 0, max: 255 }),
      fc.constantFrom(0, 10, 100, 127, 169, 172, 192, 198, 203, 254, 168),
    );
    fc.assert(
      fc.property(octet, octet, octet, octet, (a, b, c, d) => {
        expect(publicOnly.allows(`${a}.${b}.${c}.${d}`, 'https:')).toBe(isPublic(a, b, c));
      }),
      { numRuns: 3000 },
    );
  });

  it.each([
    ['http://shop.example/hook', /https/],
    ['ftp://shop.example/', /https/],
    ['https://user:secret@shop.example/', /user or password/],
    ['https://127.0.0.1/', /private network/],
    ['https://2130706433/', /private network/],
    ['https://0x7f.1/', /private network/],
    ['https://[::1]/', /private network/],
    ['https://[::ffff:10.0.0.1]/', /private network/],
    ['https://localhost:5432/', /private network/],
    ['https://LOCALHOST./', /private network/],
    ['https://db.internal/', /private network/],
    ['https://169.254.169.254/latest/meta-data/', /private network/],
    ['nonsense', /cannot be read/],
  ])('no URL %s', (url, why) => {
    expect(publicOnly.troubleWith(url)).toMatch(why);
  });

  it('URLs of public hosts, and of own networks once they are named', () => {
    expect(publicOnly.troubleWith('https://hooks.shop.example:8443/ithn?x=1')).toBeNull();
    expect(loopback.troubleWith('http://127.0.0.1:8080/')).toBeNull();
    expect(loopback.troubleWith('http://receiver.internal/')).toBeNull();
    expect(loopback.troubleWith('http://10.0.0.1/')).toMatch(/private network/);
  });
});

describe('calling a receiver', () => {
  let server: Server | undefined;
  afterEach(async () => {
    if (!server) return;
    if ('closeAllConnections' in server)
      (server as unknown as { closeAllConnections(): void }).closeAllConnections();
    const closed = once(server, 'close');
    server.close();
    await closed;
    server = undefined;
  });
  const listen = async (made: Server): Promise<number> => {
    server = made.listen(0, '127.0.0.1');
    await once(made, 'listening');
    return (made.address() as AddressInfo).port;
  };
  const http = (listener: RequestListener): Promise<number> => listen(createHttpServer(listener));
  const client = (resolve?: Resolve, addresses = loopback, withinMs = 400): WebhookClient =>
    new WebhookClient(addresses, { ...(resolve ? { resolve } : {}), withinMs });

  it('sends the body and headers, and tells the status', async () => {
    const seen: unknown[] = [];
    const port = await http((request, response) => {
      request.on('data', (chunk: Buffer) => seen.push(chunk.toString()));
      request.on('end', () => response.writeHead(201).end('x'.repeat(1_000_000)));
    });
    const result = await client().post(`http://127.0.0.1:${port}/a`, { 'webhook-id': 'evt_1' }, '{"a":"ع"}');
    expect(result).toEqual({ status: 201, error: null, retryAfterMs: null });
    expect(seen).toEqual(['{"a":"ع"}']);
  });

  it('calls the address that it looked at, and asks for the name once', async () => {
    const port = await http((request, response) => response.end(request.headers.host));
    const answers = [['127.0.0.1'], ['10.0.0.1']];
    let asked = 0;
    const resolve: Resolve = () => Promise.resolve(answers[asked++] ?? []);
    expect(await client(resolve).post(`http://receiver.example:${port}/`, {}, '{}')).toMatchObject({
      status: 200,
    });
    expect(asked).toBe(1);
  });

  it.each([
    ['a name of a private address', ['127.0.0.1'], 'ADDRESS_REFUSED'],
    ['a name of the metadata service', ['169.254.169.254'], 'ADDRESS_REFUSED'],
    ['a name of a mapped address', ['::ffff:127.0.0.1'], 'ADDRESS_REFUSED'],
    ['a name that nobody knows', [], 'NAME_UNKNOWN'],
  ])('goes nowhere for %s', async (_, addresses, error) => {
    let calls = 0;
    const port = await http((request, response) => response.end(String(calls++)));
    const { post } = {
      post: (url: string) => client(() => Promise.resolve(addresses), publicOnly).post(url, {}, '{}'),
    };
    expect(await post(`https://receiver.example:${port}/`)).toEqual({
      status: null,
      error,
      retryAfterMs: null,
    });
    expect(calls).toBe(0);
  });

  it('takes of several addresses only one that may be called', async () => {
    const port = await http((_, response) => response.end());
    const resolve: Resolve = () => Promise.resolve(['10.0.0.1', '127.0.0.1']);
    expect(await client(resolve).post(`http://receiver.example:${port}/`, {}, '{}')).toMatchObject({
      status: 200,
    });
  });

  it('goes nowhere for an address that stands in the URL itself', async () => {
    const port = await http((_, response) => response.end());
    expect(await client(undefined, publicOnly).post(`https://127.0.0.1:${port}/`, {}, '{}')).toMatchObject({
      error: 'ADDRESS_REFUSED',
    });
  });

  it('waits no longer than it is told, for a receiver that says nothing or one byte at a time', async () => {
    const silent = await http(() => undefined);
    expect(await client().post(`http://127.0.0.1:${silent}/`, {}, '{}')).toMatchObject({
      error: 'NO_ANSWER_IN_TIME',
    });
    server?.close();
    const slow = await listen(
      createSocketServer(socket => {
        socket.on('error', () => undefined);
        const timer = setInterval(() => socket.write('H'), 50);
        socket.on('close', () => clearInterval(timer));
      }),
    );
    const result = await client().post(`http://127.0.0.1:${slow}/`, {}, '{}');
    expect(['NO_ANSWER_IN_TIME', 'CONNECTION_FAILED']).toContain(result.error);
  });

  it('stops when the worker does', async () => {
    const port = await http(() => undefined);
    const stop = new AbortController();
    const asked = client(undefined, loopback, 60_000).post(
      `http://127.0.0.1:${port}/`,
      {},
      '{}',
      stop.signal,
    );
    stop.abort();
    expect(await asked).toMatchObject({ error: 'ABORTED' });
    expect(await client().post(`http://127.0.0.1:${port}/`, {}, '{}', stop.signal)).toMatchObject({
      error: 'ABORTED',
    });
  });

  it('follows no redirect, and takes a status that is no success for a failure', async () => {
    let calls = 0;
    const port = await http((_, response) => {
      calls++;
      response.writeHead(302, { location: '/b' }).end();
    });
    expect(await client().post(`http://127.0.0.1:${port}/`, {}, '{}')).toMatchObject({
      status: 302,
      error: 'REDIRECTED',
    });
    expect(calls).toBe(1);
  });

  it('reads Retry-After in seconds, and nothing else', async () => {
    let value = '120';
    const port = await http((_, response) => response.writeHead(503, { 'retry-after': value }).end());
    const post = () => client().post(`http://127.0.0.1:${port}/`, {}, '{}');
    expect(await post()).toEqual({ status: 503, error: 'STATUS', retryAfterMs: 120_000 });
    value = 'Wed, 21 Oct 2026 07:28:00 GMT';
    expect(await post()).toMatchObject({ retryAfterMs: null });
  });

  it('believes no certificate that nobody vouches for', async () => {
    const { certificate, privateKey } = testCertificate();
    const port = await listen(
      createHttpsServer({ cert: certificate, key: privateKey }, (_, response) => void response.end()),
    );
    expect(await client().post(`https://127.0.0.1:${port}/`, {}, '{}')).toMatchObject({
      error: 'CERTIFICATE_REFUSED',
    });
  });

  it.each(['garbage\r\n\r\n', 'HTTP/1.1 200 OK\r\nContent-Length: nonsense\r\n\r\n', ''])(
    'survives an answer of %j',
    async text => {
      const port = await listen(
        createSocketServer(socket => {
          socket.on('error', () => undefined);
          socket.once('data', () => socket.end(text));
        }),
      );
      expect(await client().post(`http://127.0.0.1:${port}/`, {}, '{}')).toMatchObject({
        error: 'CONNECTION_FAILED',
      });
    },
  );
});
