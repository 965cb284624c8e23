import { ConsentsService, SendersService } from '#consent';
import { connect } from '#database';
import { ResolveClickedHandler } from '#feedback';
import { MessageRetention } from '#sending';
import { SubjectRightsService } from '#subjects';
import {
  BROWSER,
  events,
  follow,
  hrefsOf,
  measuredOf,
  type SentCampaign,
  sendMeasured,
  type StoredEvent,
} from '../factories/measured.js';
import { section } from '../factories/template.js';
import { contactId, testSystem, type TestSystem, until } from '../factories/system.js';

const anchors = (...hrefs: string[]): string =>
  section(hrefs.map(href => `<a href="${href}">x</a>`).join(' '));
const FIVE = anchors(...[1, 2, 3, 4, 5].map(n => `https://shop.example/${n}`));

describe('opens and clicks', () => {
  let system: TestSystem;
  beforeAll(async () => {
    system = await testSystem('postgres', { env: { MESSAGE_RETENTION_MONTHS: '1' } });
  });
  afterAll(() => system.close());

  const report = async (sent: SentCampaign): Promise<any> =>
    (await system.request('GET', `/v1/campaigns/${sent.campaign}/engagement`)).body;
  const machines = (rows: StoredEvent[]): (string | null)[] => rows.map(({ machine }) => machine);
  const withdraw = async (sent: SentCampaign, id: number): Promise<void> => {
    const topics = await system.app
      .get(SendersService, { strict: false })
      .trackingTopics(Number(sent.shop.senderId.slice(4)));
    await system.app.get(ConsentsService, { strict: false }).withdraw({
      ...{ contactId: id, actor: 'tests', scope: { kind: 'topic', topicId: topics.link_tracking.id } },
      evidence: { method: 'letter', source: 'tests' },
    } as Parameters<ConsentsService['withdraw']>[0]);
  };
  /** Long enough after the mail was accepted that a click is not too soon for a person. */
  const later = (ms = 60_000): void => system.clock.advance(ms);

  describe('in a mail', () => {
    const written = [
      'https://shop.example/pears?a=1&b=2&amp=3#size=m&c',
      'https://shop.example/%D8%AA%D9%85%D8%B1/a%2Fb?q=%20+%zz&x[]=1|2#/route?y=%26',
      'https://متجر.example/عروض/تمر?نوع=سكري#الأسعار',
      'HTTP://Shop.Example:8080/A/../b?next=https://other.example/',
    ];
    const untouched = [
      ...[
        'mailto:care@nakheel.example?subject=a%20b',
        'tel:+966112345678',
        'https://nakheel.example/privacy',
      ],
      'https://shop.example/off',
    ];
    let sent: SentCampaign;
    beforeAll(async () => {
      const escape = (text: string): string => text.replaceAll('&', '&amp;');
      sent = await sendMeasured(
        system,
        section(
          [...written, ...untouched.slice(0, -1)].map(url => `<a href="${escape(url)}">x</a>`).join(' ') +
            '<a data-track="off" href="https://shop.example/off">x</a>' +
            '<a href="https://shop.example/?for={{ contact.email }}&amp;z=1#{{ contact.firstName }}">x</a>' +
            '<a href="{{ unsubscribeUrl }}">out</a>',
        ) +
          '<mj-section><mj-column><mj-button href="https://shop.example/button">b</mj-button>' +
          '<mj-button data-track="off" href="https://shop.example/button-off">b</mj-button></mj-column></mj-section>',
        ['both', 'neither', 'opens', 'links'],
      );
    });

    it('every web link leads where its author wrote it, to the letter, by an address of ours', async () => {
      const [person = 0] = sent.people;
      const { links } = measuredOf(sent.mailOf(person));
      const { email } = (await system.request('GET', `/v1/contacts/${contactId(person)}`)).body;
      const [plain, encoded, arabic, upper, liquid, button, ...more] = await Promise.all(
        links.map(async path => (await follow(system, path)).location),
      );
      expect(more).toEqual([]);
      expect([plain, encoded, upper]).toEqual([written[0], written[1], written[3]]);
      expect(button).toBe('https://shop.example/button');
      expect(liquid).toBe(`https://shop.example/?for=${email}&z=1#Layla`);
      // A header bears ASCII alone: the same address as every browser asks for it.
      expect(arabic).toBe(new URL(written[2] ?? '').href);
    });

    it('leaves alone what is no web link, the way out, the legal ones, and what its author wants left alone', () => {
      const hrefs = hrefsOf(sent.mailOf(sent.people[0] ?? 0));
      for (const url of [...untouched, 'https://shop.example/button-off']) expect(hrefs).toContain(url);
      expect(hrefs.filter(href => href.startsWith('http://ithn.test/u/')).length).toBe(2);
      expect(hrefs.filter(href => href.startsWith('http://ithn.test/p/')).length).toBe(1);
      const mail = sent.mailOf(sent.people[0] ?? 0);
      expect(mail.text).not.toContain('ithn.test/l/');
      expect(mail.text).toContain(written[0]);
      expect(mail.header('list-unsubscribe')).toMatch(/ithn\.test\/u\//);
    });

    it('has a picture only for opens, changed and hidden links only for links, and of neither nothing', () => {
      const found = sent.people.map(id => {
        const { links, hidden, pictures } = measuredOf(sent.mailOf(id));
        return [links.length, hidden.length, pictures.length];
      });
      expect(found).toEqual([
        ...[
          [6, 1, 1],
          [0, 0, 0],
          [0, 0, 1],
          [6, 1, 0],
        ],
      ]);
      const neither = sent.mailOf(sent.people[1] ?? 0);
      for (const url of written) expect(hrefsOf(neither)).toContain(url);
    });

    it('the hidden link cannot be seen, heard or reached with keys', () => {
      const { html } = sent.mailOf(sent.people[0] ?? 0);
      const hidden = /<a [^>]*aria-hidden="true"[^>]*>[\s\S]*?<\/a>/.exec(html ?? '')?.[0] ?? '';
      expect(hidden).toMatch(/tabindex="-1"/);
      expect(hidden).toMatch(/display:none!important/);
      expect(hidden).toMatch(/mso-hide:all/);
      expect(hidden).toMatch(/><\/a>$/);
    });
  });

  describe('a click', () => {
    it('is answered at once with nothing that is kept or told on, and then recorded', async () => {
      const sent = await sendMeasured(system, FIVE, ['both']);
      later();
      const { links, pictures } = measuredOf(sent.mailOf(sent.people[0] ?? 0));
      const answer = await follow(system, `${links[1]}?utm_source=added-by-a-gateway`);
      expect([answer.status, answer.location]).toEqual([302, 'https://shop.example/2']);
      expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect(answer.headers.get('x-robots-tag')).toBe('noindex');
      expect(answer.headers.get('set-cookie')).toBeNull();
      later(1000);
      const picture = await follow(system, pictures[0] ?? '');
      expect([picture.status, picture.body.length, picture.headers.get('content-type')]).toEqual([
        ...[200, 43, 'image/gif'],
      ]);
      expect(picture.headers.get('cache-control')).toBe('no-store');
      expect(await events(system, sent.dispatchId, 2)).toEqual([
        { contact_id: sent.people[0], kind: 'click', link: 2, machine: null, agent: 'chrome' },
        { contact_id: sent.people[0], kind: 'open', link: null, machine: null, agent: 'chrome' },
      ]);
      const fresh = await report(sent);
      expect(fresh.clicks.events).toEqual({ human: 0, unknown: 1, machine: 0 });
      later(90_000);
      const told = await report(sent);
      expect(told.clicks).toEqual({
        ...{ events: { human: 1, unknown: 0, machine: 0 }, people: { human: 1, unknown: 0, machine: 0 } },
      });
      // Of an open nobody ever knows.
      expect(told.opens.people).toEqual({ human: 0, unknown: 1, machine: 0 });
      expect(told.links.map((one: any) => [one.url, one.events.human])).toEqual(
        [1, 2, 3, 4, 5].map(n => [`https://shop.example/${n}`, n === 2 ? 1 : 0]),
      );
      expect(told.words.limits.ar).toMatch(/القرّاء/);
    });

    it('on a mail sent before a withdrawal still leads there, and is not recorded; nor is one of somebody erased', async () => {
      const sent = await sendMeasured(system, FIVE, ['links', 'links', 'links']);
      const [withdrew = 0, erased = 0, stays = 0] = sent.people;
      later();
      await follow(system, measuredOf(sent.mailOf(erased)).links[0] ?? '');
      await events(system, sent.dispatchId, 1);
      await withdraw(sent, withdrew);
      await system.app.get(SubjectRightsService, { strict: false }).erase(erased, 'tests', 'api');
      expect(await events(system, sent.dispatchId, 0)).toEqual([]);
      for (const id of sent.people) {
        const { status, location } = await follow(system, measuredOf(sent.mailOf(id)).links[0] ?? '');
        expect([status, location]).toEqual([302, 'https://shop.example/1']);
      }
      expect((await events(system, sent.dispatchId, 1)).map(row => row.contact_id)).toEqual([stays]);
      const { body } = await system.request('GET', `/v1/contacts/${contactId(stays)}/export`);
      expect(body.engagement).toEqual([
        {
          ...{ messageId: `msg_${sent.dispatchId}_${stays}`, kind: 'click', link: 1, agent: 'chrome' },
          ...{ machine: null, occurredAt: system.clock.now().toISOString() },
        },
      ]);
      const { items } = (await system.request('GET', `/v1/contacts/${contactId(stays)}/timeline?limit=2`))
        .body;
      expect(items[0]).toMatchObject({
        ...{ kind: 'engagement.clicked', messageId: `msg_${sent.dispatchId}_${stays}` },
        detail: { link: 1, agent: 'chrome' },
      });
      const html = await system.request(
        'GET',
        `/v1/contacts/${contactId(stays)}/export?format=html&locale=ar`,
      );
      expect(html.text).toContain('ضُغط على رابط');
    });

    it('of somebody whose address is another since is not recorded: who knows who reads the old one', async () => {
      const sent = await sendMeasured(system, FIVE, ['links', 'links']);
      later();
      await system.request('PATCH', `/v1/contacts/${contactId(sent.people[0] ?? 0)}`, {
        email: `moved-${sent.dispatchId}@example.com`,
      });
      for (const id of sent.people) await follow(system, measuredOf(sent.mailOf(id)).links[0] ?? '');
      expect((await events(system, sent.dispatchId, 1)).map(row => row.contact_id)).toEqual([sent.people[1]]);
    });

    it('with a changed or made-up token leads nowhere: a page in the reader’s language says so', async () => {
      const sent = await sendMeasured(system, FIVE, ['both']);
      const mail = sent.mailOf(sent.people[0] ?? 0);
      const { links, pictures } = measuredOf(mail);
      const token = (links[0] ?? '').slice(3);
      const unsubscribe = /ithn\.test\/u\/([\w-]+)/.exec(mail.html ?? '')?.[1] ?? '';
      const flipped = token.slice(0, 20) + (token[20] === 'A' ? 'B' : 'A') + token.slice(21);
      const forged = [
        ...[flipped, token.slice(0, -2), `${token}AA`, unsubscribe, (pictures[0] ?? '').slice(3), ''],
        ...[
          Buffer.from('https://evil.example').toString('base64url'),
          'https://evil.example',
          '//evil.example',
        ],
        ...['%2e%2e%2f', '%0d%0aLocation:%20https://evil.example', 'A'.repeat(3000)],
      ];
      for (const bad of forged) {
        const answer = await follow(system, `/l/${bad}`, { headers: { 'accept-language': 'ar' } });
        expect([bad, answer.status, answer.location]).toEqual([bad, 404, null]);
        expect(answer.body.toString()).toMatch(/lang="ar" dir="rtl"[\s\S]*هذا الرابط لا يعمل/);
      }
      expect(
        (await follow(system, '/l/x', { headers: { 'accept-language': 'en' } })).body.toString(),
      ).toContain('This link does not work');
      const picture = await follow(system, `/o/${token}`);
      expect([picture.status, picture.body.length]).toEqual([200, 43]);
      later();
      await follow(system, pictures[0] ?? '');
      expect(await events(system, sent.dispatchId, 1)).toHaveLength(1);
    });
  });

  describe('a machine', () => {
    it('is flagged by what it says of itself, and recorded all the same', async () => {
      const sent = await sendMeasured(system, FIVE, ['both', 'both', 'both', 'both', 'both', 'both', 'both']);
      later();
      const asks: { kind: 'links' | 'pictures'; method?: string; headers?: Record<string, string> }[] = [
        { kind: 'pictures', headers: { 'user-agent': 'Mozilla/5.0' } },
        {
          kind: 'pictures',
          headers: {
            'user-agent': 'Mozilla/5.0 (Windows NT 5.1) Firefox/11.0 (via ggpht.com GoogleImageProxy)',
          },
        },
        { kind: 'links', method: 'HEAD' },
        { kind: 'links', method: 'OPTIONS' },
        { kind: 'links', headers: { 'user-agent': 'BarracudaCentral/1.0' } },
        { kind: 'links', headers: { 'user-agent': '' } },
        { kind: 'links', headers: { 'sec-purpose': 'prefetch' } },
      ];
      for (const [at, { kind, ...how }] of asks.entries()) {
        const path = measuredOf(sent.mailOf(sent.people[at] ?? 0))[kind][0] ?? '';
        expect((await follow(system, path, how)).status).toBe(kind === 'links' ? 302 : 200);
        later(1);
      }
      expect(machines(await events(system, sent.dispatchId, 7))).toEqual([
        ...[
          'APPLE_MAIL_PRIVACY',
          'IMAGE_PROXY',
          'NOT_A_GET',
          'NOT_A_GET',
          'SCANNER',
          'NO_AGENT',
          'LOADED_AHEAD',
        ],
      ]);
      expect((await report(sent)).machines).toMatchObject({ NOT_A_GET: 2, IMAGE_PROXY: 1 });
    });

    it('takes back by four clicks within a second what its first click seemed', async () => {
      const sent = await sendMeasured(system, FIVE, ['links', 'links']);
      const [scanned = 0, read = 0] = sent.people;
      later();
      const { links } = measuredOf(sent.mailOf(scanned));
      await follow(system, measuredOf(sent.mailOf(read)).links[0] ?? '');
      await follow(system, links[0] ?? '');
      expect(machines(await events(system, sent.dispatchId, 2))).toEqual([null, null]);
      for (const link of links.slice(1)) {
        later(250);
        await follow(system, link);
      }
      const rows = await until(
        () => events(system, sent.dispatchId, 6),
        found => found.filter(({ machine }) => machine !== null).length === 5,
      );
      expect(rows.map(({ contact_id, machine }) => [contact_id, machine])).toEqual([
        [read, null],
        ...Array.from({ length: 5 }, () => [scanned, 'BURST']),
      ]);
      later(90_000);
      expect((await report(sent)).clicks.people).toEqual({ human: 1, unknown: 0, machine: 1 });
    });

    it('falls for the link that no person sees, and clicks before a person can', async () => {
      const sent = await sendMeasured(system, FIVE, ['links', 'links']);
      const [early = 0, caught = 0] = sent.people;
      later(9_000);
      await follow(system, measuredOf(sent.mailOf(early)).links[0] ?? '');
      later(2_000);
      await follow(system, measuredOf(sent.mailOf(early)).links[1] ?? '');
      const { links, hidden } = measuredOf(sent.mailOf(caught));
      await follow(system, links[0] ?? '');
      later(5_000);
      expect((await follow(system, hidden[0] ?? '')).location).toBe('https://shop.example/1');
      const rows = await until(
        () => events(system, sent.dispatchId, 4),
        found => found.filter(({ machine }) => machine !== null).length === 3,
      );
      expect(machines(rows)).toEqual(['TOO_SOON', null, 'HIDDEN_LINK', 'HIDDEN_LINK']);
      expect((await report(sent)).links.map((one: any) => one.link)).toEqual([1, 2, 3, 4, 5]);
    });
  });

  it('of a message of unknown fate, a person’s click tells that it arrived, and a machine’s does not', async () => {
    const sent = await sendMeasured(system, FIVE, ['links', 'links']);
    const [person = 0, scanner = 0] = sent.people;
    const { db } = system.database;
    await db.query(`UPDATE message SET state = 'unknown', reason = 'NO_ANSWER' WHERE dispatch_id = $1`, [
      sent.dispatchId,
    ]);
    later();
    await follow(system, measuredOf(sent.mailOf(person)).links[0] ?? '');
    await follow(system, measuredOf(sent.mailOf(scanner)).links[0] ?? '', { method: 'HEAD' });
    await events(system, sent.dispatchId, 2);
    const handler = system.app.get(ResolveClickedHandler, { strict: false });
    const states = (): Promise<{ state: string; reason: string }[]> =>
      db.query('SELECT state, reason FROM message WHERE dispatch_id = $1 ORDER BY contact_id', [
        sent.dispatchId,
      ]);
    await handler.handle();
    expect((await states()).map(({ state }) => state)).toEqual(['unknown', 'unknown']);
    later(91_000);
    await handler.handle();
    expect(await states()).toEqual([
      { state: 'accepted', reason: 'EVIDENCE_CLICKED' },
      { state: 'unknown', reason: 'NO_ANSWER' },
    ]);
  });

  it('go on leading there while PostgreSQL is away, and are recorded when it is back', async () => {
    const own = await testSystem('postgres');
    const admin = await connect(process.env['TEST_DATABASE_URL'] ?? '', 1);
    const name = new URL(own.database.url).pathname.slice(1);
    try {
      const sent = await sendMeasured(own, FIVE, ['links']);
      const { links } = measuredOf(sent.mailOf(sent.people[0] ?? 0));
      await own.worker.stop();
      await admin.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
      await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name]);
      await expect(own.database.db.query('SELECT 1')).rejects.toThrow();
      const answers = await Promise.all(
        Array.from({ length: 40 }, (_, at) => follow(own, links[at % 2] ?? '')),
      );
      expect(new Set(answers.map(({ status, location }) => `${status} ${location}`))).toEqual(
        new Set(['302 https://shop.example/1', '302 https://shop.example/2']),
      );
      await admin.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
      expect(await events(own, sent.dispatchId, 40)).toHaveLength(40);
    } finally {
      await admin.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
      await admin.destroy();
      await own.close();
    }
  });

  it('of one message are recorded so often and no more, whoever asks for its link', async () => {
    const sent = await sendMeasured(system, FIVE, ['links', 'links']);
    later();
    const [asked = 0, other = 0] = sent.people;
    const path = measuredOf(sent.mailOf(asked)).links[0] ?? '';
    for (let at = 0; at < 260; at += 20)
      await Promise.all(Array.from({ length: 20 }, () => follow(system, path)));
    await follow(system, measuredOf(sent.mailOf(other)).links[0] ?? '');
    const rows = await until(
      () => events(system, sent.dispatchId, 0),
      found => found.some(row => row.contact_id === other),
    );
    expect(rows.filter(row => row.contact_id === asked)).toHaveLength(200);
  });

  it('tags of a campaign stand in everybody’s web links, measured or not, and replace none', async () => {
    const sent = await sendMeasured(
      system,
      anchors('https://shop.example/a?utm_source=mine&amp;x=1#top', 'https://other.example/'),
      ['links', 'neither'],
      { utm: { source: 'news letter', medium: 'email', campaign: 'خريف', domains: ['shop.example'] } },
    );
    const tagged = `https://shop.example/a?utm_source=mine&x=1&utm_medium=email&utm_campaign=${encodeURIComponent('خريف')}#top`;
    const [measured = 0, plain = 0] = sent.people;
    const locations = await Promise.all(
      measuredOf(sent.mailOf(measured)).links.map(async path => (await follow(system, path)).location),
    );
    expect(locations).toEqual([tagged, 'https://other.example/']);
    expect(hrefsOf(sent.mailOf(plain))).toEqual(expect.arrayContaining([tagged, 'https://other.example/']));
    expect(measuredOf(sent.mailOf(plain))).toEqual({ links: [], hidden: [], pictures: [] });
    const shown = await system.request('GET', `/v1/campaigns/${sent.campaign}`);
    expect(shown.body.utm.campaign).toBe('خريف');
  });

  it('survive two thousand hostile requests: no redirect but ours, no error of ours, nothing recorded', async () => {
    const sent = await sendMeasured(system, FIVE, ['both']);
    const { links, pictures } = measuredOf(sent.mailOf(sent.people[0] ?? 0));
    const token = (links[0] ?? '').slice(3);
    const mutate = (at: number): string => {
      const kind = at % 8;
      if (kind === 0) return token.slice(0, at % token.length);
      if (kind === 1) return token.slice(0, at % token.length) + '%00' + token.slice(at % token.length);
      if (kind === 2) return `${token}${'/..'.repeat(at % 9)}/x`;
      if (kind === 3) return encodeURIComponent(`https://evil.example/${at}\r\nSet-Cookie: a=b`);
      if (kind === 4) return 'x'.repeat((at * 7) % 9000);
      if (kind === 5) return Buffer.from(`${at}https://evil.example`).toString('base64url');
      if (kind === 6) return '%E0%A4%A'.slice(0, 3 + (at % 5));
      return `${token.slice(0, -1)}${token.endsWith('A') ? 'E' : 'A'}`;
    };
    const statuses = new Map<number, number>();
    for (let at = 0; at < 2000; at += 40) {
      const answers = await Promise.all(
        Array.from({ length: 40 }, (_, nth) => {
          const prefix = nth % 4 === 0 ? '/o/' : '/l/';
          const method = ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT'][nth % 5] ?? 'GET';
          const headers = { 'user-agent': nth % 2 ? BROWSER : 'é'.repeat(500), purpose: 'x'.repeat(900) };
          return follow(system, `${prefix}${mutate(at + nth)}`, { method, headers });
        }),
      );
      for (const { status, location, headers } of answers) {
        expect([location, headers.get('set-cookie')]).toEqual([null, null]);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    }
    expect([...statuses.keys()].filter(status => status >= 500 || status === 302)).toEqual([]);
    later();
    await follow(system, pictures[0] ?? '');
    expect(await events(system, sent.dispatchId, 1)).toHaveLength(1);
  });

  it('of a campaign that was not launched there are none', async () => {
    const { body } = await system.request('POST', '/v1/campaigns', { name: 'Later' });
    const answer = await system.request('GET', `/v1/campaigns/${body.id}/engagement`);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      links: [],
      clicks: { events: { human: 0, unknown: 0, machine: 0 } },
    });
  });

  it('that were heard are written before the program ends', async () => {
    const sent = await sendMeasured(system, FIVE, ['links']);
    const second = await testSystem('postgres', { database: system.database, startWorker: false });
    try {
      await follow(second, measuredOf(sent.mailOf(sent.people[0] ?? 0)).links[0] ?? '');
    } finally {
      await second.close();
    }
    expect(await events(system, sent.dispatchId, 0)).toHaveLength(1);
  });

  it('are dropped with the messages when their time is up; the links of those mails still lead there', async () => {
    const sent = await sendMeasured(system, FIVE, ['links']);
    const { links } = measuredOf(sent.mailOf(sent.people[0] ?? 0));
    later();
    await follow(system, links[0] ?? '');
    await events(system, sent.dispatchId, 1);
    const retention = system.app.get(MessageRetention, { strict: false });
    system.clock.set('2027-01-01T00:10:00Z');
    await retention.run();
    await sendMeasured(system, FIVE, ['links']);
    system.clock.set('2060-01-01T00:10:00Z');
    await retention.run();
    expect((await follow(system, links[0] ?? '')).location).toBe('https://shop.example/1');
    expect(await report(sent)).toMatchObject({ dropped: true, clicks: { events: { human: 0 } } });
    const [row] = await system.database.db.query<{ parts: string[] }>(
      `SELECT array_agg(relid::text ORDER BY 1) AS parts FROM pg_partition_tree('engagement_event') WHERE isleaf`,
    );
    expect(row?.parts).not.toContain('engagement_event_0');
    const next = await sendMeasured(system, FIVE, ['links']);
    await follow(system, measuredOf(next.mailOf(next.people[0] ?? 0)).links[0] ?? '');
    expect(await events(system, next.dispatchId, 1)).toHaveLength(1);
  });
});
