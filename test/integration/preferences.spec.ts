import fc from 'fast-check';
import { AddressHasher, type Channel, type MessageClass } from '#common';
import {
  ConsentsService,
  type Frequency,
  Gate,
  type Sender,
  SendersService,
  SuppressionsService,
  type SuppressionReason,
  type Topic,
  TrackingService,
} from '#consent';
import { type Contact, ContactsService } from '#contacts';
import { type TestApi, testApi } from '../factories/api.js';
import { addConsent, addContact, linkToken } from '../factories/contact.js';
import { PageVisitor } from '../factories/page-visitor.js';
import { addSender, addTopic } from '../factories/sender.js';
import { snapshot } from '../factories/snapshot.js';

const DAY_MS = 24 * 3600 * 1000;
const SAVE = 'Save my choices';
const EVERYTHING = 'Unsubscribe from everything';

describe('the preference page', () => {
  let api: TestApi;
  let sender: Sender;
  let offers: Topic;
  let news: Topic;
  let care: Topic;
  let receipts: Topic;

  beforeAll(async () => {
    api = await testApi();
    sender = await addSender(api.app);
    offers = await addTopic(api.app, sender);
    news = await addTopic(api.app, sender, { en: 'Garden letter', ar: 'رسالة الحديقة' }, {});
    const senders = api.app.get(SendersService, { strict: false });
    const topic = (key: string, en: string, ar: string, purpose: 'service' | 'transactional') =>
      senders.createTopic(sender.id, key, { en, ar }, {}, 'tests', purpose);
    care = await topic('care', 'Plant care', 'العناية بالنباتات', 'service');
    receipts = await topic('receipts', 'Receipts', 'الإيصالات', 'transactional');
  });
  afterAll(() => api.close());

  let phones = 0;
  const someone = async (input = {}): Promise<Contact> =>
    addContact(api.app, { phone: `+9665${String(10_000_000 + ++phones)}`, ...input });

  /** A contact who agreed to the two marketing topics by email a day ago. */
  async function subscriber(input = {}): Promise<{ contact: Contact; token: string }> {
    const contact = await someone(input);
    await addConsent(api.app, contact, offers);
    await addConsent(api.app, contact, news);
    api.clock.advance(DAY_MS);
    return { contact, token: linkToken(api.app, contact, offers) };
  }

  const visitor = (): PageVisitor => new PageVisitor(api.url);
  const preferencesOf = (token: string, lang = 'en'): Promise<PageVisitor> =>
    visitor().open(`/p/${token}?lang=${lang}`);

  async function denialOf(
    contact: Contact,
    topic: Topic,
    channel: Channel = 'email',
  ): Promise<string | null> {
    const [row] = await api.app.get(Gate, { strict: false }).decide({
      ...{ contactIds: [contact.id], channel, senderId: topic.senderId, topicId: topic.id },
      messageClass: topic.purpose as MessageClass,
    });
    return row === undefined ? 'NO_CONTACT' : row.denial;
  }

  async function measured(contact: Contact, channel: Channel = 'email', of = sender) {
    const tracking = api.app.get(TrackingService, { strict: false });
    return (await tracking.decide([contact.id], of.id, channel)).get(contact.id);
  }

  const readBack = async (contact: Contact) =>
    (await api.request('GET', `/v1/contacts/con_${contact.id}/preferences?senderId=snd_${sender.id}`)).body;
  const localeOf = async (contact: Contact): Promise<string | null> =>
    (await api.app.get(ContactsService, { strict: false }).get(contact.id)).locale;

  describe('obeys at once', () => {
    it.each(['email', 'sms'] as const)('a box for a topic by %s, in both directions', async channel => {
      const { contact, token } = await subscriber();
      for (const topic of [offers, care]) {
        const page = await preferencesOf(token);
        const before = page.boxes[`${topic.id}.${channel}`];
        expect(await denialOf(contact, topic, channel)).toBe(before ? null : 'NO_CONSENT');
        await page.tick(`${topic.id}.${channel}`).press(SAVE);
        expect(page.text).toContain('Saved.');
        expect(await denialOf(contact, topic, channel)).toBe(before ? 'WITHDRAWN' : null);
        api.clock.advance(1000);
        await page.tick(`${topic.id}.${channel}`).press(SAVE);
        expect(await denialOf(contact, topic, channel)).toBe(before ? null : 'WITHDRAWN');
        expect(await denialOf(contact, news)).toBeNull();
        api.clock.advance(1000);
      }
    });

    it.each([30, 90])('a pause of %d days, and its end', async days => {
      const { contact, token } = await subscriber();
      await addConsent(api.app, contact, care);
      const page = await preferencesOf(token);
      await page.press(`Pause for ${days} days`);
      const end = new Date(api.clock.now().getTime() + days * DAY_MS);
      const inWords = end.toLocaleDateString('en-GB', { dateStyle: 'long', timeZone: 'Asia/Riyadh' });
      expect(page.text).toContain(`News and offers rest until ${inWords}.`);
      expect(await denialOf(contact, offers)).toBe('PAUSED');
      expect(await denialOf(contact, care)).toBeNull();
      expect(page.boxes[`${offers.id}.email`]).toBe(true);
      await page.press('End the pause');
      expect(page.text).toContain('Welcome back.');
      expect(await denialOf(contact, offers)).toBeNull();

      await page.press(`Pause for ${days} days`);
      const gate = api.app.get(Gate, { strict: false });
      const question = {
        ...{ contactIds: [contact.id], channel: 'email' as const },
        ...{ senderId: sender.id, topicId: offers.id },
      };
      const at = async (time: number) => (await gate.decide(question, new Date(time)))[0]?.denial;
      expect(await at(end.getTime() - 1)).toBe('PAUSED');
      expect(await at(end.getTime())).toBeNull();
    });

    it('a pause that is made longer while it lasts, and one that is over is not spoken of', async () => {
      const { contact, token } = await subscriber();
      const page = await preferencesOf(token);
      await page.press('Pause for 30 days');
      await page.press('Pause for 90 days');
      expect((await readBack(contact)).pausedUntil).toBe(
        new Date(api.clock.now().getTime() + 90 * DAY_MS).toISOString(),
      );
      api.clock.advance(90 * DAY_MS);
      const later = await preferencesOf(token);
      expect(later.buttons).not.toContain('End the pause');
      expect((await readBack(contact)).pausedUntil).toBeNull();
    });

    it.each([
      ['weekly', 7],
      ['monthly', 30],
    ] as const)('the frequency "%s", for marketing alone', async (frequency, days) => {
      const { contact, token } = await subscriber();
      await addConsent(api.app, contact, care);
      const sentAt = api.clock.now();
      await sendOnce(contact, sentAt);
      api.clock.advance(DAY_MS);
      const page = await preferencesOf(token);
      expect(page.choices['frequency']).toBe('all');
      expect(await waitOf(contact, offers)).toBeNull();
      await page.choose('frequency', frequency).press(SAVE);
      expect(page.choices['frequency']).toBe(frequency);
      expect(await waitOf(contact, offers)).toEqual([
        new Date(sentAt.getTime() + days * DAY_MS),
        'FREQUENCY',
      ]);
      expect(await waitOf(contact, care)).toBeNull();
      await page.choose('frequency', 'all').press(SAVE);
      expect(await waitOf(contact, offers)).toBeNull();
    });

    it('another language: of the messages from now on, and of the page', async () => {
      const { contact, token } = await subscriber({ locale: 'en-GB' });
      const page = await visitor().open(`/p/${token}`);
      expect(page.choices['language']).toBe('en');
      await page.choose('language', 'ar').press(SAVE);
      expect(page.html).toContain('<html lang="ar" dir="rtl">');
      expect(page.text).toContain('حُفظت اختياراتك');
      expect(await localeOf(contact)).toBe('ar');
      expect((await visitor().open(`/u/${token}`)).html).toContain('<html lang="ar" dir="rtl">');
      await page.choose('frequency', 'weekly').press('حفظ اختياراتي');
      expect(await localeOf(contact)).toBe('ar');
    });

    it('no change of language where it stays, so that a region or another language is kept', async () => {
      for (const locale of ['en-GB', 'fr', null]) {
        const { contact, token } = await subscriber({ locale });
        await (await preferencesOf(token, 'ar')).choose('frequency', 'weekly').press('حفظ اختياراتي');
        expect(await localeOf(contact)).toBe(locale);
      }
    });

    it('everything off, in one press from the page and two from the message', async () => {
      const { contact, token } = await subscriber();
      const page = await preferencesOf(token);
      await page.tick(`${care.id}.email`).tick(`${offers.id}.sms`).tick('open_tracking.email').press(SAVE);
      api.clock.advance(1000);
      await (await preferencesOf(token)).press(EVERYTHING);
      for (const topic of [offers, news, care]) expect(await denialOf(contact, topic)).toBe('WITHDRAWN');
      expect(await denialOf(contact, offers, 'sms')).toBe('WITHDRAWN');
      expect(await measured(contact)).toEqual({ opens: false, links: false });
      expect(await denialOf(contact, receipts)).toBe('NO_CONSENT');
    });
  });

  /** A message of marketing that was accepted then, as the pipeline records it. */
  async function sendOnce(contact: Contact, at: Date): Promise<void> {
    const { db } = api.database;
    const made = await api.request('POST', '/v1/templates', {
      ...{ name: `T${contact.id}`, fromStarter: 'newsletter' },
    });
    await db.query(
      `WITH d AS (
         INSERT INTO dispatch (name, state, channel, message_class, sender_id, topic_id, template_version_id, audience, created_at)
         SELECT 'Before', 'finished', 'email', 'marketing', $1, $2, max(id), '{}', $3 FROM template_version RETURNING id)
       INSERT INTO message (dispatch_id, contact_id, state, attempt, chunk_id, lease_generation, allowed_at)
       SELECT d.id, $4, 'accepted', 1, 1, 1, $3 FROM d`,
      [sender.id, offers.id, at, contact.id],
    );
    expect(made.status).toBe(201);
  }

  async function waitOf(contact: Contact, topic: Topic): Promise<[Date | null, string | null] | null> {
    const [row] = await api.app.get(Gate, { strict: false }).decide({
      ...{ contactIds: [contact.id], channel: 'email', senderId: sender.id, topicId: topic.id },
      messageClass: topic.purpose as MessageClass,
    });
    expect(row?.denial).toBeNull();
    return row?.deferUntil ? [row.deferUntil, row.deferReason] : null;
  }

  describe('asks for measuring apart from everything else', () => {
    it('unticked at first, and grants and ends what its boxes say, channel by channel', async () => {
      const { contact, token } = await subscriber();
      const page = await preferencesOf(token);
      const names = ['open_tracking.email', 'link_tracking.email', 'link_tracking.sms'];
      for (const name of names) expect(page.boxes[name]).toBe(false);
      expect(page.boxes).not.toHaveProperty(['open_tracking.sms']);
      await page.tick('open_tracking.email').press(SAVE);
      expect(await measured(contact)).toEqual({ opens: true, links: false });
      expect(await measured(contact, 'sms')).toEqual({ opens: false, links: false });
      api.clock.advance(1000);
      await page
        .tick('open_tracking.email')
        .tick('link_tracking.email')
        .tick('link_tracking.sms')
        .press(SAVE);
      expect(await measured(contact)).toEqual({ opens: false, links: true });
      expect(await measured(contact, 'sms')).toEqual({ opens: false, links: true });
      expect(await denialOf(contact, offers)).toBeNull();
    });

    it('keeps the words at the box as the evidence', async () => {
      const { contact, token } = await subscriber();
      await (await preferencesOf(token)).tick('link_tracking.email').press(SAVE);
      const event = (
        await api.app
          .get(ConsentsService, { strict: false })
          .events(contact.id, { limit: 50, cursor: undefined })
      ).items.at(-1);
      expect(event).toMatchObject({ action: 'granted', basis: 'express', textVersion: 'measuring-1' });
      expect(event?.textShown).toBe(
        [
          'Which links I press',
          'The links in the message are made for you alone, and tell which of them you press.',
          '☑ In emails',
          'By ticking one of these boxes and saving, you agree that Nakheel Market records this about you. You can end it here at any time.',
          '[Save my choices]',
        ].join('\n'),
      );
    });

    it('is no part of an agreement to anything else', async () => {
      const { contact, token } = await subscriber();
      await (await preferencesOf(token)).tick(`${offers.id}.sms`).press(SAVE);
      expect(await measured(contact)).toEqual({ opens: false, links: false });
    });

    it('where the law allows it unasked, says so, and a save with the box empty ends it', async () => {
      const american = await addSender(api.app, { country: 'US', tradingName: 'Desert Bloom' });
      const letter = await addTopic(api.app, american);
      const contact = await addContact(api.app, { country: 'US' });
      await addConsent(api.app, contact, letter);
      api.clock.advance(1000);
      expect(await measured(contact, 'email', american)).toEqual({ opens: true, links: true });
      const page = await visitor().open(`/p/${linkToken(api.app, contact, letter)}?lang=en`);
      expect(page.text).toContain('Desert Bloom measures this at present');
      expect(page.boxes).toMatchObject({ 'open_tracking.email': false, 'link_tracking.email': false });
      await page.tick('link_tracking.email').press(SAVE);
      expect(page.presses).toBe(2);
      expect(await measured(contact, 'email', american)).toEqual({ opens: false, links: true });
      expect(page.text).not.toContain('measures this at present');
      expect(await denialOf(contact, letter)).toBeNull();
    });
  });

  describe('never takes more presses to end something than to begin it', () => {
    interface Way {
      what: string;
      /** It is there for a subscriber, so it has to end before it can begin. */
      isThere?: true;
      begin: (page: PageVisitor) => Promise<unknown>;
      end: (page: PageVisitor) => Promise<unknown>;
    }
    const box = (value: () => string): Pick<Way, 'begin' | 'end'> => ({
      begin: page => page.tick(value()).press(SAVE),
      end: page => page.tick(value()).press(SAVE),
    });
    const ways: Way[] = [
      { what: 'a topic by text message', ...box(() => `${offers.id}.sms`) },
      { what: 'a service topic', ...box(() => `${care.id}.email`) },
      { what: 'measuring of opens', ...box(() => 'open_tracking.email') },
      { what: 'measuring of links', ...box(() => 'link_tracking.email') },
      { what: 'measuring of links in text messages', ...box(() => 'link_tracking.sms') },
      {
        what: 'hearing everything instead of once a week',
        isThere: true,
        begin: page => page.choose('frequency', 'all').press(SAVE),
        end: page => page.choose('frequency', 'weekly').press(SAVE),
      },
      {
        what: 'hearing at all instead of a pause',
        isThere: true,
        begin: page => page.press('End the pause'),
        end: page => page.press('Pause for 90 days'),
      },
    ];

    it.each(ways)('$what', async ({ isThere, begin, end }) => {
      const { token } = await subscriber();
      if (isThere) await end(await preferencesOf(token));
      api.clock.advance(1000);
      const beginning = await preferencesOf(token);
      await begin(beginning);
      expect(beginning.status).toBe(200);
      api.clock.advance(1000);
      const ending = await preferencesOf(token);
      await end(ending);
      expect(ending.text).toMatch(/Saved\.|Done\./);
      expect(ending.presses).toBeLessThanOrEqual(beginning.presses);
    });

    it('any number of topics: all of them end with one press', async () => {
      const { contact, token } = await subscriber();
      const beginning = await preferencesOf(token);
      const empty = Object.entries(beginning.boxes).filter(([, isOn]) => !isOn);
      for (const [value] of empty) beginning.tick(value);
      await beginning.press(SAVE);
      expect(beginning.presses).toBe(empty.length + 1);
      api.clock.advance(1000);
      const ending = await preferencesOf(token);
      await ending.press(EVERYTHING);
      expect(ending.presses).toBe(1);
      expect(await denialOf(contact, news, 'email')).toBe('WITHDRAWN');
    });

    it('what the unsubscribe page ends in one press comes back in one, and goes again in one', async () => {
      const { contact, token } = await subscriber();
      const page = await visitor().open(`/u/${token}?lang=en`);
      await page.press('Unsubscribe from Offers');
      expect(page.presses).toBe(1);
      api.clock.advance(1000);
      await page.press('I want them again');
      expect(page.presses).toBe(2);
      expect(await denialOf(contact, offers)).toBeNull();
      api.clock.advance(1000);
      const again = await visitor().open(`/u/${token}?lang=en`);
      await again.press('Unsubscribe from Offers');
      expect(again.presses).toBe(1);
      expect(await denialOf(contact, offers)).toBe('WITHDRAWN');
    });
  });

  describe('shows', () => {
    it('service topics in a group of their own, and receipts by name with no box', async () => {
      const { token } = await subscriber();
      const page = await preferencesOf(token);
      expect(page.text).toMatch(/News and offers.*Garden letter.*About what you bought.*Plant care/);
      expect(page.text).toContain('Always sent: Receipts.');
      expect(Object.keys(page.boxes)).not.toContain(`${receipts.id}.email`);
      const arabic = await preferencesOf(token, 'ar');
      expect(arabic.text).toContain('تُرسل دائمًا: الإيصالات.');
    });

    it('a box for receipts to somebody who stopped just these, so that there is a way back', async () => {
      const { contact } = await subscriber();
      await api.app.get(ConsentsService, { strict: false }).grant({
        ...{ contactId: contact.id, channel: 'email', topicId: receipts.id, basis: 'transactional' },
        evidence: { textShown: 'Your order', method: 'api', source: 'tests' },
        ...{ actor: 'tests', occurredAt: null, expiresAt: null },
      });
      api.clock.advance(1000);
      const token = linkToken(api.app, contact, receipts);
      await (await visitor().open(`/u/${token}?lang=en`)).press('Unsubscribe from Receipts');
      expect(await denialOf(contact, receipts)).toBe('WITHDRAWN');
      api.clock.advance(1000);
      const page = await preferencesOf(token);
      expect(page.text).not.toContain('Always sent');
      await page.tick(`${receipts.id}.email`).press(SAVE);
      expect(await denialOf(contact, receipts)).toBeNull();
    });

    it('to nobody but the holder of the present address anything of it, nor obeys others', async () => {
      const { contact, token } = await subscriber({ email: `moved-${phones}@example.com` });
      const open = await preferencesOf(token);
      await api.app
        .get(ContactsService, { strict: false })
        .update(contact.id, { email: `elsewhere-${phones}@example.com` }, 'tests');
      const before = await snapshot(api.database.db);
      await open.press('Pause for 30 days');
      expect(open.text).toContain('We no longer have your details');
      for (const path of ['p', 'd', 'e']) {
        const page = await visitor().open(`/${path}/${token}?lang=en`);
        expect(page.status).toBe(200);
        expect(page.text).toContain('We no longer have your details');
        expect(page.html).not.toContain('elsewhere');
      }
      expect(await snapshot(api.database.db)).toEqual(before);
    });
  });

  describe('tells somebody whose address is blocked', () => {
    it.each<[SuppressionReason, string]>([
      ['hard_bounce', 'could not be delivered'],
      ['complaint', 'reported as unwanted'],
      ['manual', 'the list of addresses that are not written to'],
    ])('that it is, why (%s), and whom to ask, also when they tick a box', async (reason, words) => {
      const { contact, token } = await subscriber();
      const suppressions = api.app.get(SuppressionsService, { strict: false });
      await suppressions.add('email', contact.email!, null, reason, 'tests');
      const page = await preferencesOf(token);
      expect(page.text).toContain(`Emails to ${contact.email} are blocked`);
      expect(page.text).toContain(words);
      expect(page.html).toContain('href="mailto:care@nakheel.example"');
      expect(page.text).not.toContain(`Text messages to ${contact.phone} are blocked`);
      await page.tick(`${care.id}.email`).press(SAVE);
      expect(page.text).toContain('Saved. But messages to an address of yours are blocked');
      expect(page.text).toContain(words);
      expect(await denialOf(contact, care)).toBe('SUPPRESSED');
      expect(await measured(contact)).toEqual({ opens: false, links: false });
      await page.tick(`${care.id}.sms`).press(SAVE);
      expect(page.text).toContain('Saved. This is how it is');
    });

    it('by this sender or by all, but not of another sender’s list', async () => {
      const { contact, token } = await subscriber();
      const other = await addSender(api.app);
      const suppressions = api.app.get(SuppressionsService, { strict: false });
      await suppressions.add('email', contact.email!, other.id, 'manual', 'tests');
      expect((await preferencesOf(token)).text).not.toContain('are blocked');
      await suppressions.add('email', contact.email!, sender.id, 'manual', 'tests');
      expect((await preferencesOf(token)).text).toContain('are blocked');
    });

    it('nothing where their own withdrawal or erasure keeps it: a tick lifts that', async () => {
      const { contact, token } = await subscriber();
      const suppressions = api.app.get(SuppressionsService, { strict: false });
      await suppressions.add('email', contact.email!, null, 'erased', 'tests');
      api.clock.advance(1000);
      const page = await preferencesOf(token);
      expect(page.text).not.toContain('are blocked');
      expect(page.boxes[`${offers.id}.email`]).toBe(false);
      await page.tick(`${offers.id}.email`).press(SAVE);
      expect(page.boxes[`${offers.id}.email`]).toBe(true);
      expect(await denialOf(contact, offers)).toBeNull();
      expect(await denialOf(contact, news)).toBe('SUPPRESSED');
      expect(page.boxes[`${news.id}.email`]).toBe(false);
    });
  });

  describe('left open', () => {
    it('undoes no frequency and no language that was chosen elsewhere meanwhile', async () => {
      const { contact, token } = await subscriber();
      const stale = await preferencesOf(token);
      await (await preferencesOf(token)).choose('frequency', 'monthly').choose('language', 'ar').press(SAVE);
      await stale.tick(`${offers.id}.sms`).press(SAVE);
      expect((await readBack(contact)).frequency).toBe('monthly');
      expect(await localeOf(contact)).toBe('ar');
    });

    it('ends no measuring that was never on, and loses none of two presses at once', async () => {
      const { contact, token } = await subscriber();
      const pages = await Promise.all([preferencesOf(token), preferencesOf(token)]);
      await Promise.all([
        pages[0].choose('frequency', 'weekly').press(SAVE),
        pages[1].press('Pause for 30 days'),
      ]);
      const { frequency, pausedUntil } = await readBack(contact);
      expect(frequency).toBe('weekly');
      expect(pausedUntil).not.toBeNull();
      const events = await api.database.db.query(
        `SELECT 1 FROM consent_event WHERE contact_id = $1 AND action = 'withdrawn'`,
        [contact.id],
      );
      expect(events).toEqual([]);
    });
  });

  it('makes the topics for measuring once, whoever asks first and however many at once', async () => {
    const fresh = await addSender(api.app);
    const senders = api.app.get(SendersService, { strict: false });
    await senders.createTopic(fresh.id, 'open-tracking', { en: 'Trains' }, {}, 'tests');
    const made = await Promise.all(Array.from({ length: 8 }, () => senders.trackingTopics(fresh.id)));
    expect(new Set(made.map(topics => topics.open_tracking.id)).size).toBe(1);
    expect(new Set(made.map(topics => topics.link_tracking.id)).size).toBe(1);
    expect(made[0]!.open_tracking).toMatchObject({ purpose: 'open_tracking', key: 'open-tracking-2' });
    expect(made[0]!.link_tracking.name).toEqual({ en: 'Which links I press', ar: 'أي الروابط أضغط' });
    const answer = await api.request('PUT', `/v1/senders/snd_${fresh.id}/tracking-topics`);
    expect(answer.body).toEqual({
      openTracking: `top_${made[0]!.open_tracking.id}`,
      linkTracking: `top_${made[0]!.link_tracking.id}`,
    });
    expect((await api.request('PUT', '/v1/senders/snd_999999/tracking-topics')).status).toBe(404);
  });

  it('any presses in any order leave the gate and the measuring as a plain model says', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.boolean(),
        fc.array(acts, { minLength: 1, maxLength: 8 }),
        async (isAmerican, steps) => {
          const place = isAmerican ? { country: 'US', phone: `+1202555${String(1000 + ++phones)}` } : {};
          const shop = await addSender(api.app, { country: isAmerican ? 'US' : 'SA' });
          const first = await addTopic(api.app, shop);
          const second = await addTopic(api.app, shop, { en: 'Letter' }, {});
          const service = await api.app
            .get(SendersService, { strict: false })
            .createTopic(shop.id, 'care', { en: 'Care' }, {}, 'tests', 'service');
          const contact = await someone(place);
          await addConsent(api.app, contact, first);
          const token = linkToken(api.app, contact, first);
          const topics = [first, second, service];
          const names = [
            ...topics.flatMap(topic => [`${topic.id}.email`, `${topic.id}.sms`]),
            ...['open_tracking.email', 'link_tracking.email', 'link_tracking.sms'],
          ];
          const model = new Model(names, isAmerican, `${first.id}.email`);
          for (const step of steps) {
            api.clock.advance(1000);
            await perform(step, token, model, names);
            const now = api.clock.now();
            for (const topic of topics) {
              for (const channel of ['email', 'sms'] as const) {
                const name = `${topic.id}.${channel}`;
                const isMarketing = topic.purpose === 'marketing';
                expect([step, name, await denialOf(contact, topic, channel)]).toEqual([
                  ...[step, name, model.denial(name, isMarketing, now)],
                ]);
              }
            }
            expect([step, await measured(contact, 'email', shop)]).toEqual([
              step,
              {
                opens: model.isMeasured('open_tracking.email'),
                links: model.isMeasured('link_tracking.email'),
              },
            ]);
            expect(await measured(contact, 'sms', shop)).toEqual({
              opens: false,
              links: model.isMeasured('link_tracking.sms'),
            });
          }
        },
      ),
      { numRuns: 25, seed: 20261121 },
    );
  });

  /** What a person may do, one after the other. */
  type Act =
    | { kind: 'save'; ticks: boolean[]; frequency: Frequency }
    | { kind: 'everything' }
    | { kind: 'resume' }
    | { kind: 'unsubscribe' }
    | { kind: 'again' }
    | { kind: 'pause'; days: 30 | 90 }
    | { kind: 'wait'; days: number };
  const acts: fc.Arbitrary<Act> = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('save' as const),
        ticks: fc.array(fc.boolean(), { minLength: 9, maxLength: 9 }),
        frequency: fc.constantFrom<Frequency>('all', 'weekly', 'monthly'),
      }),
    },
    fc.constantFrom<Act>({ kind: 'everything' }, { kind: 'resume' }),
    fc.constantFrom<Act>({ kind: 'unsubscribe' }, { kind: 'again' }),
    fc.record({ kind: fc.constant('pause' as const), days: fc.constantFrom<30 | 90>(30, 90) }),
    fc.record({ kind: fc.constant('wait' as const), days: fc.integer({ min: 1, max: 60 }) }),
  );

  /** The same in plain words: who said what last, of each box. */
  class Model {
    readonly #said = new Map<string, 'yes' | 'no'>();
    #paused = new Date(0);

    constructor(
      readonly names: string[],
      private readonly isAllowedUnasked: boolean,
      private readonly linked: string,
    ) {
      this.#said.set(linked, 'yes');
    }

    isTicked(name: string): boolean {
      return this.#said.get(name) === 'yes';
    }

    isMeasured(name: string): boolean {
      return this.isTicked(name) || (this.isAllowedUnasked && !this.#said.has(name));
    }

    denial(name: string, isMarketing: boolean, now: Date): string | null {
      const said = this.#said.get(name);
      if (said === undefined) return 'NO_CONSENT';
      if (said === 'no') return 'WITHDRAWN';
      return isMarketing && this.#paused > now ? 'PAUSED' : null;
    }

    save(wanted: string[]): void {
      for (const name of this.names) {
        const isOn = name.includes('tracking') ? this.isMeasured(name) : this.isTicked(name);
        if (wanted.includes(name)) this.#said.set(name, 'yes');
        else if (isOn) this.#said.set(name, 'no');
      }
    }

    everything(): void {
      for (const name of this.names) this.#said.set(name, 'no');
    }

    say(word: 'yes' | 'no'): void {
      this.#said.set(this.linked, word);
    }

    pause(until: Date): void {
      this.#paused = until;
    }
  }

  async function perform(act: Act, token: string, model: Model, names: string[]): Promise<void> {
    if (act.kind === 'wait') return api.clock.advance(act.days * DAY_MS);
    if (act.kind === 'unsubscribe' || act.kind === 'again') {
      const page = await visitor().open(`/u/${token}?lang=en`);
      await page.press('Unsubscribe from Offers');
      model.say('no');
      if (act.kind === 'unsubscribe') return;
      api.clock.advance(1000);
      await page.press('I want them again');
      return model.say('yes');
    }
    const page = await preferencesOf(token);
    expect(page.boxes).toEqual(Object.fromEntries(names.map(name => [name, model.isTicked(name)])));
    if (act.kind === 'everything') {
      await page.press(EVERYTHING);
      return model.everything();
    }
    if (act.kind === 'pause') {
      await page.press(`Pause for ${act.days} days`);
      return model.pause(new Date(api.clock.now().getTime() + act.days * DAY_MS));
    }
    if (act.kind === 'resume') {
      if (!page.buttons.includes('End the pause')) return;
      await page.press('End the pause');
      return model.pause(new Date(0));
    }
    const wanted = names.filter((_, at) => act.ticks[at]);
    for (const [name, isOn] of Object.entries(page.boxes)) {
      if (isOn !== wanted.includes(name)) page.tick(name);
    }
    await page.choose('frequency', act.frequency).press(SAVE);
    model.save(wanted);
  }

  describe('of hostile forms', () => {
    const post = (path: string, body: string) =>
      fetch(api.url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body,
        redirect: 'manual',
      });

    it.each([
      'action=pause',
      'action=pause&days=31',
      'action=pause&days=1e2',
      'action=pause&days=-30',
      'action=pause&days=30.0',
      'action=PAUSE&days=30',
      'action=pause&days[]=30',
      'action=resume%00',
      'action=__proto__',
      'action=toString',
      '{"action":"pause","days":30}',
    ])('changes nothing by %s', async body => {
      const { token } = await subscriber();
      const before = await snapshot(api.database.db);
      const answer = await post(`/p/${token}`, body);
      expect(answer.status).toBe(400);
      expect(await snapshot(api.database.db)).toEqual(before);
    });

    it.each([
      'frequency=daily&language=fr',
      'frequency=constructor&language=__proto__',
      `frequency=${'x'.repeat(5000)}`,
      'frequency=%00&language=%ED%A0%80',
      'shownFrequency=weekly&shownLanguage=ar',
      'want=open_tracking.sms&want=open_tracking.&want=open_tracking&want=__proto__.email',
    ])('takes no frequency, language or measuring from %s', async fields => {
      const { contact, token } = await subscriber();
      const kept = `want=${offers.id}.email&want=${news.id}.email`;
      const answer = await post(`/p/${token}`, `action=save&${kept}&${fields}`);
      expect(answer.status).toBe(200);
      expect(await readBack(contact)).toMatchObject({ frequency: 'all', pausedUntil: null });
      expect(await localeOf(contact)).toBe('en');
      expect(await measured(contact)).toEqual({ opens: false, links: false });
      expect(await denialOf(contact, offers)).toBeNull();
    });

    it('records no agreement to be measured with words that the page did not show', async () => {
      const { contact, token } = await subscriber();
      const kept = `want=${offers.id}.email&want=${news.id}.email`;
      for (const wording of ['', '&wording=x', '&wording=']) {
        await post(`/p/${token}`, `action=save&${kept}&want=open_tracking.email${wording}`);
        expect(await measured(contact)).toEqual({ opens: false, links: false });
      }
    });
  });

  describe('and the API', () => {
    it('do the same to the same preferences', async () => {
      const { contact, token } = await subscriber();
      const path = `/v1/contacts/con_${contact.id}/preferences?senderId=snd_${sender.id}`;
      const until = new Date(api.clock.now().getTime() + 10 * DAY_MS).toISOString();
      const set = await api.request('PUT', path, { frequency: 'weekly', pausedUntil: until });
      expect(set.status).toBe(200);
      expect(set.body).toEqual({
        ...{ contactId: `con_${contact.id}`, senderId: `snd_${sender.id}` },
        ...{ frequency: 'weekly', pausedUntil: until },
        tracking: { email: { opens: false, links: false }, sms: { opens: false, links: false } },
      });
      expect((await api.request('GET', path)).body).toEqual(set.body);
      expect(await denialOf(contact, offers)).toBe('PAUSED');
      const page = await preferencesOf(token);
      expect(page.choices['frequency']).toBe('weekly');
      await page.press('End the pause');
      expect((await readBack(contact)).pausedUntil).toBeNull();
      const over = await api.request('PUT', path, {
        ...{ frequency: 'all', pausedUntil: '0001-01-01T00:00:00Z' },
      });
      expect(over.body).toMatchObject({ frequency: 'all', pausedUntil: null });
    });

    it('refuse what makes no sense, and change nothing then', async () => {
      const { contact } = await subscriber();
      const path = (query: string, id = `con_${contact.id}`) => `/v1/contacts/${id}/preferences${query}`;
      const good = `?senderId=snd_${sender.id}`;
      const stored = async (): Promise<unknown> => {
        const { 'public.api_key': _, ...tables } = await snapshot(api.database.db);
        return tables;
      };
      const before = await stored();
      const late = new Date(api.clock.now().getTime() + 367 * DAY_MS).toISOString();
      const refusals: [string, unknown, number, string][] = [
        [path(good), { frequency: 'weekly', pausedUntil: late }, 422, 'PAUSE_TOO_LONG'],
        [path(good), { frequency: 'weekly', pausedUntil: '9999-12-31T23:59:59Z' }, 422, 'PAUSE_TOO_LONG'],
        [path(good), { frequency: 'daily', pausedUntil: null }, 400, 'VALIDATION_FAILED'],
        [path(good), { frequency: 'weekly' }, 400, 'VALIDATION_FAILED'],
        [path(good), { frequency: ['weekly'], pausedUntil: null }, 400, 'VALIDATION_FAILED'],
        [path(good), { frequency: 'weekly', pausedUntil: null, more: 1 }, 400, 'VALIDATION_FAILED'],
        [path(''), { frequency: 'weekly', pausedUntil: null }, 400, 'VALIDATION_FAILED'],
        [path('?senderId=con_1'), { frequency: 'weekly', pausedUntil: null }, 400, 'VALIDATION_FAILED'],
        [path('?senderId=snd_987654'), { frequency: 'weekly', pausedUntil: null }, 404, 'SENDER_NOT_FOUND'],
        [path(good, 'con_987654'), { frequency: 'weekly', pausedUntil: null }, 404, 'CONTACT_NOT_FOUND'],
      ];
      for (const [url, body, status, code] of refusals) {
        const answer = await api.request('PUT', url, body);
        expect([url, answer.status, answer.body.code]).toEqual([url, status, code]);
      }
      expect((await api.request('GET', path('?senderId=snd_987654'))).body.code).toBe('SENDER_NOT_FOUND');
      expect((await api.request('GET', path(good, 'con_987654'))).body.code).toBe('CONTACT_NOT_FOUND');
      expect(await stored()).toEqual(before);
    });
  });

  describe('leads to what is held,', () => {
    it('which is told in words: the profile, the consents with their wording, the messages and why', async () => {
      const { contact, token } = await subscriber({ firstName: 'Layla', lastName: 'Haddad', country: 'SA' });
      await sendOnce(contact, api.clock.now());
      const page = await preferencesOf(token);
      await page.tick(`${offers.id}.sms`).choose('frequency', 'weekly').press(SAVE);
      await page.press('Pause for 30 days');
      const before = await snapshot(api.database.db);
      await page.follow('What we hold about you');
      expect(page.status).toBe(200);
      for (const part of [
        'Layla Haddad',
        contact.email!,
        contact.phone!,
        'Saudi Arabia',
        'How often from Nakheel Market At most one a week',
        'Resting until',
        'Agreed: Offers from Nakheel Market, by text message',
        '☑ By text message By ticking a box and saving, you agree that Nakheel Market may send you those messages.',
        'Agreed: Garden letter from Nakheel Market, by email',
        'Yes, write to me.',
        'Sent: Offers from Nakheel Market, by email',
        'This is a marketing email about “Offers” from Nakheel Market',
      ]) {
        expect(page.text).toContain(part);
      }
      const arabic = await visitor().open(`/d/${token}?lang=ar`);
      expect(arabic.text).toContain('موافقة: العروض من Nakheel Market، برسالة نصية');
      expect(await snapshot(api.database.db)).toEqual(before);
    });

    it('to take along as a file or to print: by a press, which is noted', async () => {
      const { contact, token } = await subscriber();
      const page = await visitor().open(`/d/${token}?lang=en`);
      await page.press('Download it as a file');
      expect(page.status).toBe(200);
      expect(page.headers.get('content-type')).toBe('application/json; charset=utf-8');
      expect(page.headers.get('content-disposition')).toBe('attachment; filename="my-data.json"');
      expect(page.headers.get('cache-control')).toBe('no-store');
      expect(page.headers.get('set-cookie')).toBeNull();
      const file = JSON.stringify(JSON.parse(page.html));
      for (const part of [contact.email!, contact.phone!, 'Yes, write to me.']) expect(file).toContain(part);

      const print = await visitor().open(`/d/${token}?lang=ar`);
      await print.press('قراءتها كاملة أو طباعتها');
      expect(print.html).toContain('<html lang="ar" dir="rtl">');
      expect(print.html).toContain(contact.email!);
      expect(print.headers.get('set-cookie')).toBeNull();

      const again = await visitor().open(`/d/${token}?lang=en`);
      expect(again.text.match(/A copy of your data/g)).toHaveLength(2);
      for (const body of ['', 'action=delete', 'action=read%00']) {
        const answer = await fetch(`${api.url}/d/${token}`, { method: 'POST', body });
        expect(answer.status).toBe(400);
        expect(answer.headers.get('content-type')).toContain('text/html');
      }
    });

    it('with stored texts as texts, whatever they are', async () => {
      const { contact, token } = await subscriber({ firstName: '<img src=x onerror=alert(1)>' });
      await api.app.get(ConsentsService, { strict: false }).grant({
        ...{ contactId: contact.id, channel: 'email', topicId: offers.id, basis: 'express' },
        evidence: {
          textShown: '</blockquote><script>alert(1)</script>',
          method: 'api',
          source: '"><b>x</b>',
        },
        ...{ actor: 'tests', occurredAt: null, expiresAt: null },
      });
      const page = await visitor().open(`/d/${token}?lang=en`);
      expect(page.html).not.toMatch(/<script|<img|<b>x/);
      expect(page.html).toContain('&lt;script&gt;');
    });
  });

  describe('leads to erasure,', () => {
    it('which says what goes and what stays, and is done by its own press alone', async () => {
      const { contact, token } = await subscriber();
      const page = await preferencesOf(token);
      const before = await snapshot(api.database.db);
      await page.follow('Erase my data');
      expect(page.text).toContain('A fingerprint of each of your addresses');
      expect(page.text).toContain('The least proof of what you agreed to');
      for (const body of [
        '',
        'action=all',
        'List-Unsubscribe=One-Click',
        'action=erase%00',
        '{"action":"erase"}',
      ]) {
        const answer = await fetch(`${api.url}/e/${token}`, { method: 'POST', body });
        expect(answer.status).toBe(400);
      }
      expect(await snapshot(api.database.db)).toEqual(before);
      await page.press('Yes, erase my data');
      expect(page.text).toContain('Your data is erased');
      expect(page.html).not.toContain(contact.email!);
      expect(await denialOf(contact, offers)).toBe('NO_CONTACT');
    });

    it('after which every old link is answered: nothing is told, and the unsubscribe still works', async () => {
      const { contact, token } = await subscriber();
      await (await visitor().open(`/e/${token}?lang=en`)).press('Yes, erase my data');
      for (const path of ['p', 'd', 'e']) {
        const page = await visitor().open(`/${path}/${token}?lang=en`);
        expect(page.status).toBe(200);
        expect(page.text).toContain('We no longer have your details');
        expect(page.html).not.toContain(contact.email!);
      }
      for (const [path, body] of [
        ['d', 'action=download'],
        ['d', 'action=read'],
        ['e', 'action=erase'],
        ['p', 'action=save'],
        ['p', 'action=pause&days=30'],
      ]) {
        const answer = await fetch(`${api.url}/${path}/${token}?lang=en`, { method: 'POST', body });
        expect(answer.status).toBe(200);
        expect(await answer.text()).toContain('We no longer have your details');
      }
      const oneClick = await fetch(`${api.url}/u/${token}`, {
        ...{ method: 'POST', body: 'List-Unsubscribe=One-Click', redirect: 'manual' },
      });
      expect(oneClick.status).toBe(200);
      await (await visitor().open(`/p/${token}?lang=en`)).press('Stop all marketing from Nakheel Market');
      const again = await addContact(api.app, { email: contact.email! });
      await addConsent(api.app, again, offers);
      expect(await denialOf(again, news)).not.toBeNull();
    });

    it('pressed twice at once is done once, and both are told so kindly', async () => {
      const { token } = await subscriber();
      const pages = await Promise.all([1, 2].map(() => visitor().open(`/e/${token}?lang=en`)));
      await Promise.all(pages.map(page => page.press('Yes, erase my data')));
      for (const page of pages) {
        expect(page.status).toBe(200);
        expect(page.text).toMatch(/Your data is erased|We no longer have your details/);
      }
    });
  });

  it('and every other page set no cookie, and say so in both languages', async () => {
    const { contact, token } = await subscriber();
    const hasher = api.app.get(AddressHasher, { strict: false });
    expect(hasher.hash('email', contact.email!)).toEqual(contact.emailHash);
    const says = {
      en: 'This page sets no cookies and follows nobody.',
      ar: 'لا تحفظ هذه الصفحة ملفات تعريف ارتباط ولا تتعقّب أحدًا.',
    };
    for (const lang of ['en', 'ar'] as const) {
      for (const path of ['u', 'p', 'd', 'e', 's', 'c', 'v']) {
        for (const link of 'upde'.includes(path) ? [token, 'bad'] : ['bad']) {
          api.clock.advance(60_000);
          const page = await visitor().open(`/${path}/${link}?lang=${lang}`);
          expect(page.headers.get('set-cookie')).toBeNull();
          expect(page.text).toContain(says[lang]);
          expect(page.html).not.toMatch(/<script|<img|https?:\/\/(?!nakheel)[^"]*\.(?:js|css|png)/);
        }
      }
    }
    for (const button of [SAVE, 'Pause for 30 days', EVERYTHING]) {
      const page = await preferencesOf(token);
      await page.press(button);
      expect(page.headers.get('set-cookie')).toBeNull();
      expect(page.text).toContain(says.en);
    }
  });
});
