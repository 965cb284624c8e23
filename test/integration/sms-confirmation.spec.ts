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
    system = await testSystem('postgres');
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
});
