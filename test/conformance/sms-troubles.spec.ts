import { createServer } from 'node:net';
import fc from 'fast-check';
import { type SendPermit, type TwilioTimeouts, type TwilioTransport } from '#transports';
import { testCertificate } from '../factories/certificate.js';
import { freePort } from '../factories/free-port.js';
import { twilioTo } from '../factories/sms.js';
import { until } from '../factories/system.js';
import { type ApiMove, refused, ScriptedApiPeer, taken } from './scripted-api-peer.js';
import { smsTo } from './sms-transport.conformance.js';

/** RFC 9457, as newer parts of the API answer: it names a status of its own. */
const problem = (status: number, named: number, code: number): ApiMove => ({
  status,
  body: { type: 'https://www.twilio.com/docs/errors', title: 'No', status: named, code },
});
/** An answer that cannot be read, but was given. */
const said = (status: number, body: unknown = ''): ApiMove => ({ status, body });

describe('the SMS transport, over a peer that', () => {
  let peer: ScriptedApiPeer;
  let transport: TwilioTransport;
  const start = async (moves: ApiMove[] = [], waits: Partial<TwilioTimeouts> = {}): Promise<void> => {
    peer = await ScriptedApiPeer.start(number => moves[number]);
    transport = twilioTo(peer.url, waits);
  };
  afterEach(async () => {
    await transport.close();
    await peer.close();
  });

  it.each<[string, ApiMove, string, number | undefined, boolean]>([
    // what it does, its move, what the message is then, the code, whether it was offered
    ['says that the person opted out', refused(400, 21610), 'rejected', 21610, true],
    ['says that it is no mobile', refused(400, 21614), 'rejected', 21614, true],
    ['says that the text is too long', refused(400, 21617), 'rejected', 21617, true],
    ['says something new', refused(400, 29999), 'rejected', 29999, true],
    ['does not let us send to that country', refused(403, 21408), 'deferred', 21408, false],
    ['does not know our number', refused(400, 21606), 'deferred', 21606, false],
    ['cannot call us', refused(400, 21609), 'deferred', 21609, false],
    ['has no sender in the pool', refused(400, 21703), 'deferred', 21703, false],
    ['does not know our login', refused(401, 20003), 'deferred', 20003, false],
    ['says that we are too fast', refused(429, 20429), 'deferred', 20429, true],
    ['says it without a code', said(429, 'slow down'), 'deferred', 429, true],
    ['is a proxy that wants a login', said(407, '<h1>No</h1>'), 'deferred', 407, false],
    ['is some other server', said(404, '<h1>No</h1>'), 'deferred', 404, false],
    ['is a gateway that lost patience', said(408), 'unknown', undefined, true],
    ['leads elsewhere', { status: 303, headers: { location: '/' } }, 'unknown', undefined, true],
    ['fails', refused(500, 20500), 'unknown', undefined, true],
    ['fails, and says to try later', refused(503, 20503), 'unknown', undefined, true],
    ['fails, and says that it refused', problem(500, 400, 21610), 'unknown', undefined, true],
    ['is a gateway that waited in vain', said(504), 'unknown', undefined, true],
    ['says yes without saying to what', said(200, '<h1>Welcome</h1>'), 'unknown', undefined, true],
    ['says yes and nothing more', said(201), 'unknown', undefined, true],
    ['says yes to nothing', said(201, 'null'), 'unknown', undefined, true],
    ['hangs up after taking it', { close: 'after taking' }, 'unknown', undefined, true],
    ['hangs up while it is sent', { close: 'before reading' }, 'unknown', undefined, true],
    ['answers without end', said(201, 'x'.repeat(300_000)), 'unknown', undefined, true],
  ])('%s: told apart, asked once', async (_, move, state, code, isOffered) => {
    await start([move]);
    const outcome = await smsTo(transport);
    expect(outcome.state).toBe(state);
    if (code !== undefined) expect(outcome).toMatchObject({ code });
    expect('offered' in outcome).toBe(!isOffered);
    expect(peer.requests).toBe(1);
  });

  it.each<[string, ApiMove]>([
    ['never answers', { silence: true }],
    ['answers too late', { ...taken(0), after: 1500 } as ApiMove],
  ])('%s: nobody knows, and nobody asks again', async (_, move) => {
    await start([move], { answer: 300 });
    expect((await smsTo(transport)).state).toBe('unknown');
    expect(peer.requests).toBe(1);
  });

  it('is asked over one connection, unless it closes that', async () => {
    await start();
    transport = twilioTo(peer.url, {}, { connections: 1 });
    for (let sent = 0; sent < 3; sent++) expect((await smsTo(transport)).state).toBe('accepted');
    expect(peer.connections).toBe(1);
    peer.behave(number => ({ ...taken(number), headers: { connection: 'close' } }) as ApiMove);
    for (let sent = 0; sent < 3; sent++) expect((await smsTo(transport)).state).toBe('accepted');
    expect(peer.connections).toBe(3);
  });

  it('answers twice is asked over another connection, and neither answer is taken for that of the next', async () => {
    await start([{ ...taken(0), again: 0 } as ApiMove]);
    transport = twilioTo(peer.url, {}, { connections: 1 });
    expect(await smsTo(transport)).toMatchObject({ state: 'accepted', providerMessageId: taken(0).body.sid });
    await until(
      async () => peer.open,
      open => open === 0,
    );
    expect(await smsTo(transport)).toMatchObject({ state: 'accepted', providerMessageId: taken(1).body.sid });
    expect(peer.connections).toBe(2);
  });

  it('answers about somebody else: nobody knows, and the connection is used no more', async () => {
    const stray = { ...taken(0).body, to: '+966500000001' };
    await start([{ status: 201, body: stray }]);
    transport = twilioTo(peer.url, {}, { connections: 1 });
    expect((await smsTo(transport)).state).toBe('unknown');
    expect((await smsTo(transport)).state).toBe('accepted');
    expect(peer.connections).toBe(2);
  });

  it('asks us to wait is left alone for so long, whatever else is answered meanwhile', async () => {
    await start([
      { ...taken(0), after: 300 } as ApiMove,
      { ...refused(429, 20429), headers: { 'retry-after': '1' } } as ApiMove,
    ]);
    await smsTo(twilioTo(peer.url));
    peer.requests = 0;
    const slow = smsTo(transport);
    await until(
      async () => peer.requests,
      requests => requests === 1,
    );
    expect((await smsTo(transport)).state).toBe('deferred');
    const since = performance.now();
    expect((await slow).state).toBe('accepted');
    expect((await smsTo(transport)).state).toBe('accepted');
    expect(performance.now() - since).toBeGreaterThan(500);
  });

  it('does not know our login is not asked again and again, and whoever waits hears why', async () => {
    await start(Array<ApiMove>(50).fill(refused(401, 20003, 'Authenticate')), {
      ...{ backoff: 1000, longestBackoff: 10_000 },
    });
    expect((await smsTo(transport)).state).toBe('deferred');
    const outcomes = await Promise.all([1, 2, 3].map(() => smsTo(transport)));
    expect(outcomes.map(({ state }) => state)).toEqual(Array(3).fill('deferred'));
    expect(outcomes[0]?.reply).toContain('Authenticate');
    expect(peer.requests).toBe(1);
  });

  it('fails again and again is left alone before a campaign is lost to it, and then asked by one message', async () => {
    await start([refused(500, 20500), refused(500, 20500), refused(500, 20500)], { backoff: 300 });
    for (let sent = 0; sent < 3; sent++) expect((await smsTo(transport)).state).toBe('unknown');
    const since = performance.now();
    const arrivals: number[] = [];
    peer.behave(number => {
      arrivals.push(number);
      return { ...taken(number), after: 100 } as ApiMove;
    });
    const outcomes = await Promise.all([1, 2, 3, 4].map(() => smsTo(transport)));
    expect(outcomes.map(({ state }) => state)).toEqual(Array(4).fill('accepted'));
    // The pause, and then the one that went ahead.
    expect(performance.now() - since).toBeGreaterThan(300 * 0.8 + 100);
  });

  it('gets the login, the report’s address and the time it may keep a message', async () => {
    await start();
    await smsTo(transport, { statusUrl: 'https://ithn.test/hooks/twilio?m=a.b', validSeconds: 50_000.5 });
    expect(Object.fromEntries(peer.taken[0]!.form)).toMatchObject({
      StatusCallback: 'https://ithn.test/hooks/twilio?m=a.b',
      ValidityPeriod: '36000',
      SmartEncoded: 'false',
    });
    expect(await smsTo(transport, { validSeconds: 0 })).toMatchObject({ state: 'deferred', offered: false });
    await expect(smsTo(transport, { statusUrl: 'https://my_host.test/' })).rejects.toThrow(/reports/);
    expect(peer.requests).toBe(1);
  });

  it('keeps messages waiting: what they wait is taken off the time for which it may keep them', async () => {
    peer = await ScriptedApiPeer.start(number => (number === 0 ? { ...taken(0), after: 1500 } : undefined));
    transport = twilioTo(peer.url, {}, { connections: 1 });
    const first = smsTo(transport, { validSeconds: 60 });
    const second = smsTo(transport, { validSeconds: 60 });
    const third = smsTo(transport, { validSeconds: 2 });
    expect((await first).state).toBe('accepted');
    expect((await second).state).toBe('accepted');
    expect(await third).toMatchObject({ state: 'deferred', offered: false });
    const told = peer.asked.map(({ form }) => Number(form.get('ValidityPeriod')));
    expect(told).toHaveLength(2);
    expect(told[0]).toBeGreaterThanOrEqual(59);
    expect(told[1]).toBeLessThanOrEqual(58);
    expect(told[1]).toBeGreaterThan(30);
  });

  it('is slow does not keep a message whose permit ends from being given back', async () => {
    await start([{ ...taken(0), after: 1000 } as ApiMove]);
    transport = twilioTo(peer.url, {}, { connections: 1 });
    const first = smsTo(transport);
    const permit = endingPermit();
    const waits = smsTo(transport, {}, { permit });
    permit.end();
    expect(await waits).toMatchObject({ state: 'deferred', withdrawn: true });
    expect((await first).state).toBe('accepted');
    expect(peer.requests).toBe(1);
  });

  it('is left alone neither', async () => {
    await start([refused(429, 20429)], { backoff: 5000, longestBackoff: 5000 });
    await smsTo(transport);
    const permit = endingPermit();
    const since = performance.now();
    const waits = smsTo(transport, {}, { permit });
    permit.end();
    expect(await waits).toMatchObject({ state: 'deferred', withdrawn: true });
    expect(performance.now() - since).toBeLessThan(3000);
    expect(permit.asked).toBe(0);
  });

  it('is left alone gets nothing any more once the transport is closed, however often', async () => {
    await start([{ ...taken(0), after: 300 } as ApiMove, refused(429, 20429)], { backoff: 2000 });
    const slow = smsTo(transport);
    await until(
      async () => peer.requests,
      requests => requests === 1,
    );
    await smsTo(transport);
    const waits = smsTo(transport);
    await Promise.all([transport.close(), transport.close()]);
    expect((await slow).state).toBe('accepted');
    expect(await waits).toMatchObject({ state: 'deferred', offered: false });
    expect(peer.requests).toBe(2);
  });

  it('never answers keeps the transport from closing no longer than it may', async () => {
    await start([{ silence: true }], { close: 200 });
    const waits = smsTo(transport);
    await until(
      async () => peer.asked.length,
      asked => asked === 1,
    );
    await transport.close();
    expect((await waits).state).toBe('unknown');
  });
});

describe('the SMS transport, over encryption,', () => {
  const { certificate, privateKey } = testCertificate({ key: 'P-256' });
  const tls = { key: privateKey, cert: certificate };

  it('sends, over one connection, and asks the permit once that stands', async () => {
    const peer = await ScriptedApiPeer.start(() => undefined, { tls });
    const transport = twilioTo(peer.url, {}, { connections: 1, ca: certificate });
    const seen: number[] = [];
    const permit: SendPermit = {
      mayBegin: () => (seen.push(peer.connections), true),
      onWithdrawn: () => () => undefined,
    };
    for (let sent = 0; sent < 3; sent++)
      expect((await smsTo(transport, {}, { permit })).state).toBe('accepted');
    expect(peer.connections).toBe(1);
    expect(seen.every(connections => connections === 1)).toBe(true);
    await transport.close();
    await peer.close();
  });

  it('does not trust a certificate nobody vouches for, and sends nothing', async () => {
    const peer = await ScriptedApiPeer.start(() => undefined, { tls });
    const transport = twilioTo(peer.url);
    expect(await smsTo(transport)).toMatchObject({ state: 'deferred', offered: false });
    expect(peer.requests).toBe(0);
    await transport.close();
    await peer.close();
  });

  it('says "deferred" when it never stands', async () => {
    const mute = createServer(socket => socket.resume().on('error', () => undefined)).listen(0, '127.0.0.1');
    await new Promise(resolve => mute.once('listening', resolve));
    const { port } = mute.address() as { port: number };
    const transport = twilioTo(`https://127.0.0.1:${port}`, { connect: 300 });
    expect(await smsTo(transport)).toMatchObject({ state: 'deferred', offered: false });
    await transport.close();
    await new Promise(resolve => mute.close(resolve));
  });
});

it('the SMS transport says "deferred" when nobody is there, and sends when somebody is', async () => {
  const port = await freePort();
  const transport = twilioTo(`http://127.0.0.1:${port}`);
  const outcome = await smsTo(transport);
  expect(outcome).toMatchObject({ state: 'deferred', offered: false });
  expect(outcome.reply).not.toBe('');
  const peer = await ScriptedApiPeer.start(() => undefined, { port });
  expect((await smsTo(transport)).state).toBe('accepted');
  await transport.close();
  await peer.close();
});

it('the SMS transport says of every message what became of it, whatever the peer does at each of them', async () => {
  const move = fc.oneof(
    { weight: 4, arbitrary: fc.constant<ApiMove | undefined>(undefined) },
    fc.constantFrom<ApiMove | undefined>(
      ...[refused(400, 21610), refused(429, 20429), refused(400, 21606), refused(503, 20503)],
      ...[said(500), said(200, 'x'), said(201), problem(502, 400, 21211)],
      ...[
        { close: 'after taking' as const },
        { close: 'before reading' as const },
        { silence: true as const },
      ],
    ),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(move, { minLength: 1, maxLength: 6 }), async moves => {
      const peer = await ScriptedApiPeer.start(number => moves[number % moves.length]);
      const transport = twilioTo(
        peer.url,
        { answer: 300, backoff: 1, longestBackoff: 5 },
        { connections: 2 },
      );
      const texts = Array.from({ length: 8 }, (_, n) => `message ${n}`);
      const outcomes = await Promise.all(texts.map(text => smsTo(transport, { text })));
      await transport.close();
      const times = (list: { text: string }[], text: string): number =>
        list.filter(one => one.text === text).length;
      const seen = texts.map(text => ({ asked: times(peer.asked, text), taken: times(peer.taken, text) }));
      await peer.close();
      outcomes.forEach(({ state }, at) => {
        const { asked, taken: took } = seen[at]!;
        expect(asked).toBeLessThanOrEqual(1);
        if (state === 'accepted') expect(took).toBe(1);
        if (state === 'rejected' || state === 'deferred') expect(took).toBe(0);
      });
    }),
    { numRuns: 25 },
  );
});

/** A permit that says yes until it is ended. */
function endingPermit(): SendPermit & { end: () => void; asked: number } {
  const listeners = new Set<() => void>();
  let over = false;
  return {
    asked: 0,
    mayBegin() {
      this.asked++;
      return !over;
    },
    onWithdrawn: listener => {
      if (over) queueMicrotask(listener);
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    end: () => {
      over = true;
      for (const listener of [...listeners]) listener();
    },
  };
}
