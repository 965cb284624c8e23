import { ForwardRepliesHandler, type InboundListener } from '#feedback';
import { type ReportedAs } from '../corpus/feedback/build-mail.js';
import {
  bounce,
  bring,
  complaintReport,
  reply,
  sendCampaign,
  type Sent,
  startListener,
  suppressionsOf,
  untilActedUpon,
} from '../factories/inbound.js';
import {
  addCampaign,
  agree,
  addShop,
  contactId,
  dispatchOf,
  expectBalanced,
  launch,
  progressOf,
  queues,
  type Shop,
  testSystem,
  type TestSystem,
  until,
  untilState,
} from '../factories/system.js';

const DOMAIN = 'back.shop.example';

describe.each(queues)('what comes back (queue: %s)', queue => {
  let system: TestSystem;
  let shop: Shop;
  let listener: InboundListener;

  beforeAll(async () => {
    system = await testSystem(queue, { env: { FEEDBACK_DOMAIN: DOMAIN } });
    shop = await addShop(system);
    listener = await startListener(system);
  });
  afterAll(async () => {
    await listener.close();
    await system.close();
  });

  const get = async (path: string): Promise<any> => {
    const answer = await system.request('GET', path);
    expect(answer.status).toBe(200);
    return answer.body;
  };
  const send = (count: number): Promise<{ campaign: string; mails: Sent[] }> =>
    sendCampaign(system, shop, count);
  const settled = (): Promise<unknown> => untilActedUpon(system);
  const kindsOf = async (person: number): Promise<string[]> =>
    (await get(`/v1/contacts/${contactId(person)}/timeline`)).items.map((item: any) => item.kind);
  const suppressed = (email: string): Promise<string[]> => suppressionsOf(system, email);
  const forwarded = async (): Promise<number> =>
    (await system.inbox.list({ search: 'care@nakheel.example', limit: 500 })).length;
  const held = async (): Promise<any[]> => (await get('/v1/feedback?state=held')).items;

  it('a bounce moves the ledger row, the suppression list, the numbers and the timeline', async () => {
    const { campaign, mails } = await send(2);
    const [dead, well] = mails as [Sent, Sent];
    expect(dead.bounceTo).toMatch(/^b-[a-z2-7]+@back\.shop\.example$/);
    const raw = bounce(dead.email);
    expect(await bring(listener, { to: dead.bounceTo, raw })).toMatch(/^250/);
    await until(
      () => suppressed(dead.email),
      reasons => reasons.includes('hard_bounce'),
    );
    expect(await suppressed(well.email)).toEqual([]);
    const numbers = await get(`/v1/campaigns/${campaign}/feedback`);
    expect(numbers).toMatchObject({ bounced: { hard: 1, soft: 0, block: 0 }, complained: 0, delivered: 0 });
    const message = `msg_${await dispatchOf(system, campaign)}_${dead.person}`;
    const timeline = (await get(`/v1/messages/${message}/timeline`)).items;
    expect(timeline[0]).toMatchObject({
      kind: 'feedback.bounced',
      detail: { class: 'hard', reason: 'no_such_mailbox', status: '5.1.1', source: 'mail', state: 'applied' },
    });
    expect(JSON.stringify(timeline)).not.toContain(dead.email);
    const [row] = await system.database.db.query<{ state: string; delivery: string }>(
      'SELECT state, delivery FROM message WHERE contact_id = $1',
      [dead.person],
    );
    expect(row).toEqual({ state: 'accepted', delivery: 'bounced' });
    expectBalanced(await progressOf(system, campaign));
    const told = await system.database.db.query<{ kind: string }>(
      'SELECT kind FROM outgoing_event WHERE contact_id = $1 ORDER BY id',
      [dead.person],
    );
    expect(told.map(({ kind }) => kind)).toEqual(['message.bounced', 'address.suppressed']);
    // The next campaign leaves them out.
    const next = await addCampaign(system, shop);
    const audience = await get(`/v1/campaigns/${next}/audience`);
    expect(audience.excluded.SUPPRESSED).toBe(1);
  });

  it('the same bounce again changes nothing', async () => {
    const { campaign, mails } = await send(1);
    const [{ bounceTo, email, person }] = mails as [Sent];
    const raw = bounce(email);
    for (let again = 0; again < 3; again++)
      expect(await bring(listener, { to: bounceTo, raw })).toMatch(/^250/);
    await until(
      () => suppressed(email),
      reasons => reasons.length === 1,
    );
    await settled();
    expect((await kindsOf(person)).filter(kind => kind === 'feedback.bounced')).toHaveLength(1);
    expect((await get(`/v1/campaigns/${campaign}/feedback`)).bounced.hard).toBe(1);
  });

  it('a forged bounce changes nothing: at a made-up address, without a token, or from somebody with an address', async () => {
    const { mails } = await send(1);
    const [{ bounceTo, email, person }] = mails as [Sent];
    const forged = bounceTo.replace(/^b-../, 'b-zz');
    const raw = bounce(email);
    const before = (await held()).length;
    for (const to of [forged, `someone@${DOMAIN}`, 'someone@elsewhere.example'])
      expect(await bring(listener, { to, raw })).toMatch(/^550 5\.1\.1/);
    expect(await bring(listener, { to: `postmaster@${DOMAIN}`, raw })).toMatch(/^250/);
    expect(await bring(listener, { from: 'mallory@evil.example', to: bounceTo, raw })).toMatch(/^250/);
    await until(held, items => items.length === before + 2);
    expect(
      (await held())
        .slice(0, 2)
        .map(item => item.heldFor)
        .sort(),
    ).toEqual(['NOT_FROM_A_SERVER', 'UNPROVEN']);
    expect(await suppressed(email)).toEqual([]);
    const [row] = await system.database.db.query<{ delivery: string | null }>(
      'SELECT delivery FROM message WHERE contact_id = $1',
      [person],
    );
    expect(row?.delivery).toBeNull();
  });

  it('what is held waits for a person, who acts upon it or does not, once', async () => {
    const { mails } = await send(1);
    const [{ bounceTo, email, person }] = mails as [Sent];
    const raw = bounce(email);
    await bring(listener, { from: 'daemon@old-server.example', to: bounceTo, raw });
    const [item] = await until(held, items => items[0]?.contactId === contactId(person));
    const act = (what: string): Promise<any> =>
      system.request('POST', `/v1/feedback/${item.id}/${what}`, { why: 'Our old server has an address.' });
    expect((await act('apply')).body).toMatchObject({ state: 'applied', heldFor: 'NOT_FROM_A_SERVER' });
    expect(await suppressed(email)).toEqual(['hard_bounce']);
    expect((await act('dismiss')).body).toMatchObject({ code: 'FEEDBACK_NOT_HELD' });
  });

  it('what names no message cannot be acted upon, only dismissed', async () => {
    await bring(listener, { to: `postmaster@${DOMAIN}`, raw: bounce('nobody@example.com') });
    const [item] = await until(held, items => items[0]?.heldFor === 'UNPROVEN');
    const why = { why: 'Nobody here knows what it is about.' };
    const applied = await system.request('POST', `/v1/feedback/${item.id}/apply`, why);
    expect(applied).toMatchObject({ status: 422, body: { code: 'FEEDBACK_NAMES_NO_MESSAGE' } });
    const dismissed = await system.request('POST', `/v1/feedback/${item.id}/dismiss`, why);
    expect(dismissed).toMatchObject({ status: 200, body: { state: 'dismissed' } });
  });

  it('a full mailbox, a delay and a block leave the address alone; a delay that was delivered counts as that', async () => {
    const { campaign, mails } = await send(3);
    const [full, slow, blocked] = mails as [Sent, Sent, Sent];
    const report = (mail: Sent, more: Partial<ReportedAs>): Promise<string> =>
      bring(listener, {
        to: mail.bounceTo,
        raw: bounce(mail.email, more),
      });
    await report(full, { status: '5.2.2', diagnostic: 'smtp; 552 5.2.2 The email account is over quota' });
    await report(slow, { action: 'delayed', status: '4.4.1', diagnostic: 'smtp; 451 4.4.1 try again' });
    await report(blocked, {
      status: '5.7.1',
      diagnostic: 'smtp; 550 5.7.1 Message blocked: our system detected that it is likely unsolicited mail',
    });
    await until(
      () => get(`/v1/campaigns/${campaign}/feedback`),
      numbers => numbers.bounced.soft === 1 && numbers.bounced.block === 1 && numbers.delayed === 1,
    );
    for (const { email } of mails) expect(await suppressed(email)).toEqual([]);
    await report(slow, { action: 'delivered', status: '2.0.0', diagnostic: 'smtp; 250 2.0.0 Ok' });
    await until(
      () => get(`/v1/campaigns/${campaign}/feedback`),
      numbers => numbers.delivered === 1 && numbers.delayed === 0,
    );
  });

  it('a complaint withdraws, suppresses and is counted; "not spam" does nothing', async () => {
    const { campaign, mails } = await send(2);
    const [angry, kind] = mails as [Sent, Sent];
    for (const [type, mail] of [
      ['abuse', angry],
      ['not-spam', kind],
    ] as const) {
      const raw = complaintReport(type, `Message-ID: ${mail.messageId}\r\nSubject: Autumn offer`);
      expect(await bring(listener, { from: 'fbl@provider.example', to: `abuse@${DOMAIN}`, raw })).toMatch(
        /^250/,
      );
    }
    await until(
      () => suppressed(angry.email),
      reasons => reasons.includes('complaint'),
    );
    await until(
      () => kindsOf(kind.person),
      kinds => kinds.includes('feedback.not_spam'),
    );
    expect(await kindsOf(angry.person)).toContain('consent.withdrawn');
    expect(await kindsOf(kind.person)).not.toContain('consent.withdrawn');
    expect(await suppressed(kind.email)).toEqual([]);
    expect((await get(`/v1/campaigns/${campaign}/feedback`)).complained).toBe(1);
  });

  it.each([
    ['unsubscribe', 'en'],
    ['أوقفوا الرسائل', 'ar'],
    ['Merci de me désinscrire', 'fr'],
  ])('a reply that says "%s" ends everything from the sender', async text => {
    const { campaign, mails } = await send(1);
    const [{ replyTo, email, person, messageId }] = mails as [Sent];
    expect(replyTo).toMatch(/^r-/);
    const raw = reply({ from: email, to: replyTo, text, about: messageId });
    expect(await bring(listener, { from: email, to: replyTo, raw })).toMatch(/^250/);
    await until(
      () => kindsOf(person),
      kinds => kinds.includes('consent.withdrawn'),
    );
    expect((await get(`/v1/campaigns/${campaign}/feedback`)).optedOut).toBe(1);
  });

  it('a mail to the unsubscribe address ends that topic, whatever it says, and whoever the sender says they are', async () => {
    const { mails } = await send(1);
    const [{ unsubscribeTo, person }] = mails as [Sent];
    expect(unsubscribeTo).toMatch(/^u-/);
    const raw = 'From: x@y.example\r\nSubject: unsubscribe\r\n\r\n\r\n';
    expect(await bring(listener, { from: 'x@y.example', to: unsubscribeTo, raw })).toMatch(/^250/);
    await until(
      () => kindsOf(person),
      kinds => kinds.includes('consent.withdrawn'),
    );
    const { items } = await get(`/v1/contacts/${contactId(person)}/timeline`);
    const withdrawal = items.find((item: any) => item.kind === 'consent.withdrawn');
    expect(withdrawal).toMatchObject({ topicId: shop.topicId, detail: { method: 'unsubscribe_mail' } });
  });

  it('any other reply is kept on the timeline and passed on to the sender, once, to be answered directly', async () => {
    const { mails } = await send(1);
    const [{ replyTo, email, person, messageId }] = mails as [Sent];
    const raw = reply({
      from: email,
      to: replyTo,
      text: 'هل المقاس الكبير متوفر؟\r\nThank you',
      about: messageId,
    });
    await bring(listener, { from: email, to: replyTo, raw });
    const mail = await system.inbox.waitFor(
      one => one.envelopeTo[0] === 'care@nakheel.example' && one.text.includes('المقاس'),
    );
    expect(mail.text).not.toContain('To unsubscribe press here');
    expect(mail.header('reply-to')).toBe(email);
    expect(mail.header('auto-submitted')).toBe('auto-generated');
    await until(
      async () => (await get(`/v1/contacts/${contactId(person)}/timeline`)).items,
      items => items.some((item: any) => item.kind === 'feedback.replied' && item.detail.forwardedAt),
    );
    const passedOn = await forwarded();
    for (let again = 0; again < 3; again++)
      await system.app.get(ForwardRepliesHandler, { strict: false }).sweep();
    expect(await forwarded()).toBe(passedOn);
  });

  it('a machine that answers is no reply: nothing is passed on, nothing is withdrawn', async () => {
    const { mails } = await send(1);
    const [{ replyTo, person }] = mails as [Sent];
    const raw = [
      'From: p@example.com',
      'Subject: Out of office: Autumn offer',
      'Auto-Submitted: auto-replied',
      '',
      'I am away. Please unsubscribe me from nothing.',
      '',
    ].join('\r\n');
    await bring(listener, { to: replyTo, raw });
    await until(
      () => kindsOf(person),
      kinds => kinds.includes('feedback.auto_replied'),
    );
    expect(await kindsOf(person)).not.toContain('consent.withdrawn');
    expect(await kindsOf(person)).not.toContain('feedback.replied');
  });

  it('a report about somebody who was erased is harmless, and says nothing about them', async () => {
    const { campaign, mails } = await send(1);
    const [{ bounceTo, email, person, messageId }] = mails as [Sent];
    const erased = await system.request('DELETE', `/v1/contacts/${contactId(person)}`);
    expect(erased.status).toBeLessThan(300);
    await bring(listener, { to: bounceTo, raw: bounce(email) });
    await bring(listener, {
      to: `abuse@${DOMAIN}`,
      raw: complaintReport('abuse', `Message-ID: ${messageId}`),
    });
    await until(
      () => get(`/v1/campaigns/${campaign}/feedback`),
      numbers => numbers.bounced.hard === 1 && numbers.complained === 1,
    );
    await settled();
    expectBalanced(await progressOf(system, campaign));
  });

  it('an address that the relay refuses as unknown is suppressed like one that bounces later', async () => {
    const email = `bounce+${queue}@example.com`;
    const made = await system.request('POST', '/v1/contacts', { email, firstName: 'Layla', locale: 'en' });
    expect(made.status).toBe(201);
    await agree(system, shop, [Number(made.body.id.slice(4))]);
    const campaign = await addCampaign(system, shop);
    await launch(system, campaign);
    const progress = await untilState(system, campaign, 'finished');
    expect(progress.rejected).toBe(1);
    await until(
      () => suppressed(email),
      reasons => reasons.includes('hard_bounce'),
    );
    expect((await get(`/v1/campaigns/${campaign}/feedback`)).bounced.hard).toBe(1);
  });
});
