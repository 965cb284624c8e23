import { formatId } from '#common';
import { ConsentsService, Gate, type Sender, type Topic } from '#consent';
import { CONSENT_RECORDER, type ConsentRecorder, type Contact, ContactsService } from '#contacts';
import { type TestApi, testApi } from '../factories/api.js';
import { addConsent, addContact } from '../factories/contact.js';
import { addSender, addTopic } from '../factories/sender.js';

describe('consent', () => {
  let api: TestApi;
  let sender: Sender;
  let offers: Topic;
  let news: Topic;

  beforeAll(async () => {
    api = await testApi();
    sender = await addSender(api.app);
    offers = await addTopic(api.app, sender);
    news = await addTopic(api.app, sender, { en: 'News', ar: 'الأخبار' });
  });
  afterAll(() => api.close());
  beforeEach(() => api.clock.advance(60_000));

  const denialOf = async (contact: Contact, topic = offers): Promise<string | null> => {
    const [row] = await api.app
      .get(Gate, { strict: false })
      .decide({ contactIds: [contact.id], channel: 'email', senderId: topic.senderId, topicId: topic.id });
    return row?.denial ?? null;
  };
  const withdraw = (contact: Contact, scope: unknown) =>
    api.request('POST', '/v1/consents/withdrawals', {
      contactId: formatId('contact', contact.id),
      scope,
      source: 'tests',
    });
  const grantBody = (contact: Contact, more = {}) => ({
    contactId: formatId('contact', contact.id),
    channel: 'email',
    topicId: formatId('topic', offers.id),
    textShown: 'Yes, write to me about offers.',
    source: 'https://shop.example/signup',
    ...more,
  });

  it('that nobody recorded is a no', async () => {
    expect(await denialOf(await addContact(api.app))).toBe('NO_CONSENT');
  });

  it('recorded with its wording is a yes, and can be read back word for word', async () => {
    const contact = await addContact(api.app);
    const granted = await api.request(
      'POST',
      '/v1/consents',
      grantBody(contact, { ip: '203.0.113.7', locale: 'en' }),
    );
    expect(granted.status).toBe(201);
    expect(granted.body).toMatchObject({
      action: 'granted',
      basis: 'express',
      effective: true,
      ip: '203.0.113.7',
    });
    expect(await denialOf(contact)).toBeNull();
    const event = await api.request('GET', `/v1/consents/${granted.body.id}`);
    expect(event.body.textShown).toBe('Yes, write to me about offers.');
    expect(event.body.textHash).toMatch(/^[0-9a-f]{64}$/);
    const states = await api.request('GET', `/v1/contacts/${formatId('contact', contact.id)}/consents`);
    expect(states.body.items).toMatchObject([{ status: 'granted', eventId: granted.body.id }]);
  });

  it.each([
    ['no wording', { textShown: '   ' }, 400, 'VALIDATION_FAILED'],
    ['a contact that is not there', { contactId: 'con_999999' }, 404, 'CONTACT_NOT_FOUND'],
    ['a topic that is not there', { topicId: 'top_999999' }, 404, 'TOPIC_NOT_FOUND'],
    ['a channel the contact has no address for', { channel: 'sms' }, 422, 'ADDRESS_MISSING'],
    ['a time in the future', { occurredAt: '2031-01-01T00:00:00Z' }, 422, 'TIME_IN_FUTURE'],
  ])('with %s is refused and leaves nothing behind', async (_, wrong, status, code) => {
    const contact = await addContact(api.app);
    const answer = await api.request('POST', '/v1/consents', grantBody(contact, wrong));
    expect(answer.status).toBe(status);
    expect(answer.body.code).toBe(code);
    const events = await api.request('GET', `/v1/contacts/${formatId('contact', contact.id)}/consent-events`);
    expect(events.body.items).toEqual([]);
  });

  it.each([
    ['one topic', () => ({ kind: 'topic', topicId: formatId('topic', offers.id) }), 'WITHDRAWN', null],
    ['a channel', () => ({ kind: 'channel', channel: 'email' }), 'WITHDRAWN', 'WITHDRAWN'],
    ['the other channel', () => ({ kind: 'channel', channel: 'sms' }), null, null],
    [
      'everything of the sender',
      () => ({ kind: 'everything', senderId: formatId('sender', sender.id) }),
      'WITHDRAWN',
      'WITHDRAWN',
    ],
    ['everything', () => ({ kind: 'everything' }), 'WITHDRAWN', 'WITHDRAWN'],
  ])('is taken back for %s, and for no more', async (_, scope, ofOffers, ofNews) => {
    const contact = await addContact(api.app);
    await addConsent(api.app, contact, offers);
    await addConsent(api.app, contact, news);
    api.clock.advance(1000);
    expect((await withdraw(contact, scope())).status).toBe(201);
    expect(await denialOf(contact, offers)).toBe(ofOffers);
    expect(await denialOf(contact, news)).toBe(ofNews);
  });

  it('given again later, in words, counts again; given before the withdrawal, it is kept as evidence only', async () => {
    const contact = await addContact(api.app);
    await addConsent(api.app, contact, offers);
    const before = api.clock.now().toISOString();
    api.clock.advance(1000);
    await withdraw(contact, { kind: 'everything' });
    const late = await api.request('POST', '/v1/consents', grantBody(contact, { occurredAt: before }));
    expect(late.body.effective).toBe(false);
    expect(await denialOf(contact)).toBe('WITHDRAWN');
    api.clock.advance(1000);
    const anew = await api.request('POST', '/v1/consents', grantBody(contact));
    expect(anew.body.effective).toBe(true);
    expect(await denialOf(contact)).toBeNull();
  });

  it('ends at the second it expires', async () => {
    const contact = await addContact(api.app);
    const expiresAt = new Date(api.clock.now().getTime() + 60_000);
    await api.request('POST', '/v1/consents', grantBody(contact, { expiresAt: expiresAt.toISOString() }));
    api.clock.set(new Date(expiresAt.getTime() - 1));
    expect(await denialOf(contact)).toBeNull();
    api.clock.set(expiresAt);
    expect(await denialOf(contact)).toBe('CONSENT_EXPIRED');
  });

  it.each(['soft_opt_in', 'implied_purchase'])(
    'on the basis %s alone is not enough under the strict default',
    async basis => {
      const contact = await addContact(api.app);
      await api.request('POST', '/v1/consents', grantBody(contact, { basis }));
      expect(await denialOf(contact)).toBe('BASIS_NOT_ACCEPTED');
    },
  );

  it('loses to a suppressed address, until a person lifts that with a reason', async () => {
    const contact = await addContact(api.app);
    await addConsent(api.app, contact, offers);
    const added = await api.request('POST', '/v1/suppressions', {
      channel: 'email',
      address: contact.email?.toUpperCase(),
    });
    expect(added.status).toBe(201);
    expect(await denialOf(contact)).toBe('SUPPRESSED');
    const found = await api.request('POST', '/v1/suppressions/search', {
      channel: 'email',
      address: contact.email,
    });
    expect(found.body.items).toHaveLength(1);
    expect((await api.request('DELETE', `/v1/suppressions/${added.body.id}`)).status).toBe(400);
    expect(
      (await api.request('DELETE', `/v1/suppressions/${added.body.id}?why=entered+by+mistake`)).status,
    ).toBe(204);
    expect(await denialOf(contact)).toBeNull();
  });

  it('withdrawn stays withdrawn when the contact is deleted and comes back by an import with consent', async () => {
    const contact = await addContact(api.app);
    await addConsent(api.app, contact, offers);
    api.clock.advance(1000);
    await withdraw(contact, { kind: 'topic', topicId: formatId('topic', offers.id) });
    await api.request('DELETE', `/v1/contacts/${formatId('contact', contact.id)}`);
    api.clock.advance(1000);
    const back = await addContact(api.app, { email: contact.email ?? '' });
    expect(back.id).not.toBe(contact.id);
    await importConsent(back);
    expect(await denialOf(back)).toBe('WITHDRAWN');
    api.clock.advance(1000);
    await api.request('POST', '/v1/consents', grantBody(back));
    expect(await denialOf(back)).toBeNull();
  });

  it('withdrawn stays with the address when the contact takes another, and consent for the old one is void', async () => {
    const contact = await addContact(api.app);
    const old = contact.email ?? '';
    await addConsent(api.app, contact, news);
    await addConsent(api.app, contact, offers);
    api.clock.advance(1000);
    await withdraw(contact, { kind: 'topic', topicId: formatId('topic', offers.id) });
    api.clock.advance(1000);
    const changed = await api.request('PATCH', `/v1/contacts/${formatId('contact', contact.id)}`, {
      email: `new-${old}`,
    });
    expect(changed.status).toBe(200);
    expect(await denialOf(contact, news)).toBe('CONSENT_UNPROVEN');
    const heir = await addContact(api.app, { email: old });
    await importConsent(heir);
    expect(await denialOf(heir)).toBe('WITHDRAWN');
  });

  it('imported without a basis or evidence is shown, and is a no', async () => {
    const contact = await addContact(api.app);
    await importConsent(contact, { basis: null });
    expect(await denialOf(contact)).toBe('CONSENT_UNPROVEN');
    await importConsent(contact);
    expect(await denialOf(contact)).toBeNull();
    await importConsent(contact, { basis: null });
    expect(await denialOf(contact)).toBeNull();
  });

  it('keeps its ledger as it was written: the database refuses to change, delete or empty it', async () => {
    const { db } = api.database;
    for (const statement of [
      `UPDATE consent_event SET basis = 'express'`,
      'DELETE FROM consent_event',
      'TRUNCATE consent_event CASCADE',
    ]) {
      await expect(db.query(statement)).rejects.toThrow(/append-only/);
    }
  });

  it('of a contact that is gone can still be withdrawn, by the address its link bears', async () => {
    const contact = await addContact(api.app);
    await addConsent(api.app, contact, offers);
    await api.app.get(ContactsService, { strict: false }).delete(contact.id, 'tests');
    api.clock.advance(1000);
    await api.app.get(ConsentsService, { strict: false }).withdraw({
      contactId: contact.id,
      addressHash: { channel: 'email', hash: contact.emailHash as Buffer },
      scope: { kind: 'topic', topicId: offers.id, channel: 'email' },
      evidence: { method: 'one_click', source: 'tests' },
      actor: 'person',
    });
    const back = await addContact(api.app, { email: contact.email ?? '' });
    await importConsent(back);
    expect(await denialOf(back)).toBe('WITHDRAWN');
  });

  async function importConsent(
    contact: Contact,
    { basis = 'express' as 'express' | null } = {},
  ): Promise<void> {
    const recorder = api.app.get<ConsentRecorder>(CONSENT_RECORDER, { strict: false });
    await api.database.db.transaction(async () => {
      await recorder.recordImported(
        [
          {
            ...{ contactId: contact.id, channel: 'email', topicId: offers.id, line: 2 },
            ...{
              addressHash: contact.emailHash as Buffer,
              basis,
              evidence: { text: 'I agree', source: 'form' },
            },
            ...{ occurredAt: api.clock.now(), expiresAt: null },
          },
        ],
        { importId: 1, actor: 'tests', fileName: 'people.csv' },
      );
    });
  }
});
