import { addSmsShop, SMS_HOUR } from '../factories/sms-shop.js';
import {
  addCampaign,
  launch,
  type Shop,
  testSystem,
  type TestSystem,
  until,
  untilState,
} from '../factories/system.js';

describe('double opt-in by SMS', () => {
  let system: TestSystem;
  let shop: Shop;
  let formId: string;
  let phones = 0;

  beforeAll(async () => {
    system = await testSystem('postgres', { env: { SIGN_UP_SMS_PER_HOUR: '6' } });
    system.clock.set(SMS_HOUR);
    shop = await addSmsShop(system);
    formId = await addForm(shop);
  });
  afterAll(() => system.close());
  beforeEach(() => system.phone.clear());

  async function addForm({ senderId, topicId }: Shop): Promise<string> {
    const choice = { topicId, channel: 'sms', consent: { en: 'Yes, text me.', ar: 'نعم، راسلوني.' } };
    const made = await system.request('POST', '/v1/forms', {
      ...{ senderId, name: `Join ${senderId}` },
      wording: { heading: { en: 'Join us', ar: 'انضم إلينا' }, choices: [choice] },
    });
    if (made.status !== 201) throw new Error(made.text);
    return made.body.id as string;
  }
  const newPhone = (): string => `+33650${String(++phones).padStart(6, '0')}`;
  const signUp = async (phone: string, more: object = {}): Promise<void> => {
    const answer = await system.request('POST', '/v1/sign-ups', {
      ...{ formId, phone, choices: [{ topicId: shop.topicId, channel: 'sms' }], ...more },
    });
    expect(answer.status).toBe(202);
  };
  const textTo = (phone: string): Promise<string> =>
    until(
      () => Promise.resolve(system.phone.list(10).find(({ to }) => to === phone)?.text ?? ''),
      text => text !== '',
    );

  it('asks the phone in the language of the form, and grants what is pressed there', async () => {
    const phone = newPhone();
    await signUp(phone, { locale: 'ar' });
    const text = await textTo(phone);
    expect(text).toMatch(
      /^Nakheel: نرجو تأكيد رغبتك في تلقي “العروض” برسائل نصية: http:\/\/ithn\.test\/c\/[\w-]+\n/,
    );
    const campaign = await addCampaign(system, shop, { channel: 'sms' });
    await launch(system, campaign);
    expect((await untilState(system, campaign, 'finished')).excluded).toMatchObject({ NOT_CONFIRMED: 1 });

    const link = /\/c\/[\w-]+/.exec(text)?.[0] ?? '';
    expect((await system.request('GET', link)).status).toBe(200);
    system.clock.advance(60_000);
    const pressed = await system.request('POST', link, 'action=confirm', {
      'content-type': 'application/x-www-form-urlencoded',
    });
    expect(pressed.status).toBe(200);
    const second = await addCampaign(system, shop, { channel: 'sms' });
    await launch(system, second);
    expect(await untilState(system, second, 'finished')).toMatchObject({ accepted: 1 });
  });

  it('asks once, and never a second time by itself', async () => {
    const phone = newPhone();
    await signUp(phone);
    expect(await textTo(phone)).toContain('please confirm that you want “Offers” by SMS');
    const reminders = await system.database.db.query(
      `SELECT 1 FROM confirmation_mail m JOIN confirmation_request r ON r.id = m.request_id
        WHERE r.channel = 'sms' AND m.kind = 'reminder'`,
    );
    expect(reminders).toEqual([]);
  });

  it('shows the box of SMS only where the sender has a number', async () => {
    expect((await system.request('GET', `/s/${formId}`)).text).toContain('.sms"');
    const silent = await addSmsShop(system, { sources: [] });
    const page = await system.request('GET', `/s/${await addForm(silent)}`);
    expect(page.text).not.toContain('.sms"');
  });

  it('spends of the month, and asks nobody once that is spent', async () => {
    await system.request('PUT', '/v1/sms-prices', {
      ...{ currency: 'USD', prices: [{ country: null, from: null, price: '0.05' }] },
    });
    const set = await system.request('PUT', `/v1/senders/${shop.senderId}/sms-budget`, { monthly: '0.15' });
    expect(set.status).toBe(200);
    const [paid, unpaid] = [newPhone(), newPhone()];
    await signUp(paid);
    expect(await textTo(paid)).not.toBe('');
    const month = await system.request('GET', `/v1/senders/${shop.senderId}/sms-budget`);
    expect(Number(month.body.spent)).toBeGreaterThan(0);
    await signUp(unpaid);
    await until(
      () =>
        system.database.db.query<{ n: number }>(
          `SELECT count(*) AS n FROM confirmation_mail WHERE attempt = 1 AND state = 'due'`,
        ),
      ([row]) => row?.n === 1,
    );
    expect(system.phone.list(50).map(({ to }) => to)).not.toContain(unpaid);
  });

  it('keeps to the rate of the number it comes from, a token for each part, and lets mails go on', async () => {
    const rate = { messages: 1, per: 'day' };
    const slow = await addSmsShop(system, { sources: [{ from: '+15005550077', rate }] });
    const slowForm = await addForm(slow);
    const phones = [newPhone(), newPhone()];
    for (const phone of phones)
      await signUp(phone, {
        formId: slowForm,
        choices: [{ topicId: slow.topicId, channel: 'sms' }],
        locale: 'ar',
      });
    await textTo(phones[0] as string);
    await until(
      () =>
        system.database.db.query<{ attempt: number; waits: boolean }>(
          `SELECT m.attempt, m.due_at > $2 AS waits FROM confirmation_mail m JOIN confirmation_request r ON r.id = m.request_id
            WHERE r.sender_id = $1 AND m.state = 'due'`,
          [slow.senderId.slice(4), system.clock.now()],
        ),
      rows => rows.length === 1 && rows[0]?.attempt === 0 && rows[0].waits,
    );
    expect(system.phone.list(50).map(({ to }) => to)).not.toContain(phones[1]);
    const [bucket] = await system.database.db.query<{ tokens: number }>(
      `SELECT tokens FROM token_bucket WHERE key = 'source:+15005550077'`,
    );
    // Arabic: more than one part; the second of them is owed.
    expect(bucket?.tokens).toBeLessThan(0);
  });

  it('asks only so many of a sender in an hour, answers all alike, and tells the operator once', async () => {
    const pumped = await addSmsShop(system);
    const pumpedForm = await addForm(pumped);
    const phones = Array.from({ length: 9 }, newPhone);
    for (const phone of phones)
      await signUp(phone, { formId: pumpedForm, choices: [{ topicId: pumped.topicId, channel: 'sms' }] });
    const states = (): Promise<{ state: string; reason: string | null; n: number }[]> =>
      system.database.db.query(
        `SELECT m.state, m.reason, count(*) AS n FROM confirmation_mail m JOIN confirmation_request r ON r.id = m.request_id
          WHERE r.sender_id = $1 GROUP BY 1, 2 ORDER BY 1, 2`,
        [pumped.senderId.slice(4)],
      );
    expect(
      await until(states, rows => rows.every(({ state }) => state === 'accepted' || state === 'withheld')),
    ).toEqual([
      { state: 'accepted', reason: null, n: 6 },
      { state: 'withheld', reason: 'SENDER_LIMIT', n: 3 },
    ]);
    const told = await system.database.db.query(
      `SELECT payload FROM outgoing_event WHERE kind = 'sign_up.sms_capped' AND subject->>'senderId' = $1`,
      [pumped.senderId],
    );
    expect(told).toEqual([{ payload: { perHour: 6 } }]);
    system.clock.advance(3_600_000);
    const later = newPhone();
    await signUp(later, { formId: pumpedForm, choices: [{ topicId: pumped.topicId, channel: 'sms' }] });
    expect(await textTo(later)).not.toBe('');
  });
});
