import { addPhones, addSmsShop, SMS_HOUR } from '../factories/sms-shop.js';
import { addCampaign, addShop, type Shop, testSystem, type TestSystem } from '../factories/system.js';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

describe('a test of a campaign by SMS', () => {
  let system: TestSystem;
  let shop: Shop;
  let numbers = 0;

  beforeAll(async () => {
    system = await testSystem('postgres', { startWorker: false });
    system.clock.set(SMS_HOUR);
    shop = await addSmsShop(system);
  });
  afterAll(() => system.close());
  beforeEach(async () => {
    await system.phone.clear();
  });

  const newPhone = (): string => `+9665011${String(10_000 + ++numbers)}`;
  const invite = (phone: string, more: object = {}) =>
    system.request('POST', '/v1/team-addresses', { phone, senderId: shop.senderId, ...more });
  const linkIn = (text = ''): string => /\/v\/[A-Za-z0-9_-]+/.exec(text)?.[0] ?? '';
  const test = (campaign: string, to: string[], more: object = {}) =>
    system.request('POST', `/v1/campaigns/${campaign}/test`, { to, ...more });
  async function verifiedPhone(): Promise<string> {
    const phone = newPhone();
    expect((await invite(phone)).status).toBe(201);
    const pressed = await system.request('POST', linkIn(system.phone.list(1)[0]?.text), '', FORM);
    expect(pressed.status).toBe(200);
    await system.phone.clear();
    return phone;
  }

  it('goes to a phone only once a press on the link that came there has proven it, and not by opening it', async () => {
    const phone = newPhone();
    const invited = await invite(`${phone.slice(0, 4)} ${phone.slice(4)}`);
    expect(invited).toMatchObject({
      status: 201,
      body: { phone, email: null, mail: 'accepted', verifiedAt: null },
    });
    const [asked] = system.phone.list(5);
    expect(asked).toMatchObject({ to: phone, from: '+15005550006' });
    expect(asked?.text).toMatch(/^Nakheel: somebody there wants to send test messages to this number\./);
    const campaign = await addCampaign(system, shop, { channel: 'sms' });
    const path = linkIn(asked?.text);
    const page = await system.request('GET', path, undefined, { 'accept-language': 'ar' });
    expect(page.text).toContain('هل هذا رقمك؟');
    expect((await test(campaign, [phone])).body.code).toBe('TEAM_ADDRESS_NOT_VERIFIED');
    expect((await system.request('POST', path, '', FORM)).status).toBe(200);
    expect((await test(campaign, [phone])).body.items).toMatchObject([{ to: phone, state: 'accepted' }]);
    expect((await invite(phone)).body.code).toBe('TEAM_ADDRESS_EXISTS');
  });

  it.each([
    ['en', /^\[Test\] Nakheel: Hi Layla, dates are here\./],
    ['ar', /^\[تجربة\] Nakheel: مرحبا ليلى، وصلت التمور\./],
  ])(
    'says in %s what the campaign would, marked as a test, and leaves no trace in the ledger',
    async (locale, wanted) => {
      const phone = await verifiedPhone();
      const campaign = await addCampaign(system, shop, { channel: 'sms' });
      const sent = await test(campaign, [phone], { locale });
      expect(sent.body.items).toMatchObject([{ to: phone, state: 'accepted' }]);
      expect(system.phone.list(5).map(({ to, text }) => [to, text])).toEqual([
        [phone, expect.stringMatching(wanted)],
      ]);
      expect(await system.database.db.query('SELECT 1 FROM message')).toEqual([]);
    },
  );

  it('is paid for by the month, and not sent once that is spent', async () => {
    const phone = await verifiedPhone();
    const campaign = await addCampaign(system, shop, { channel: 'sms' });
    await system.request('PUT', '/v1/sms-prices', {
      ...{ currency: 'USD', prices: [{ country: null, from: null, price: '0.05' }] },
    });
    const budget = `/v1/senders/${shop.senderId}/sms-budget`;
    await system.request('PUT', budget, { monthly: '0.05' });
    expect((await test(campaign, [phone])).body.items).toMatchObject([{ state: 'accepted' }]);
    expect((await system.request('GET', budget)).body.spent).toBe('0.05');
    const unpaid = await test(campaign, [phone]);
    expect(unpaid.body.items).toMatchObject([
      { state: 'deferred', reply: expect.stringContaining('budget') },
    ]);
    expect(system.phone.list(5)).toHaveLength(1);
    await system.request('PUT', budget, { monthly: null });
  });

  it('of an email campaign goes to phones where it has a text for them, and a campaign by SMS to no mailbox', async () => {
    const phone = await verifiedPhone();
    const email = `team-${++numbers}@nakheel.example`;
    await system.database.db.query(
      `INSERT INTO team_address (channel, address, created_at, verified_at) VALUES ('email', $1, now(), now())`,
      [email],
    );
    const byMail = { ...shop, templateId: (await addShop(system)).templateId };
    const alone = await addCampaign(system, byMail, { channel: 'email' });
    expect((await test(alone, [phone])).body.code).toBe('TEST_NEEDS_EMAIL');
    const both = await addCampaign(system, byMail, { channel: 'email', smsTemplateId: shop.templateId });
    expect((await test(both, [phone])).body.items).toMatchObject([{ to: phone, state: 'accepted' }]);
    const sms = await addCampaign(system, shop, { channel: 'sms' });
    expect((await test(sms, [email])).body.code).toBe('TEST_NEEDS_PHONE');
  });

  it('is as it reaches one customer when one is named, at the team’s phone alone', async () => {
    const phone = await verifiedPhone();
    const [customer] = await addPhones(system, shop, 1, { locale: 'ar' });
    const campaign = await addCampaign(system, shop, { channel: 'sms' });
    const sent = await test(campaign, [phone], { asContactId: `con_${customer}` });
    expect(sent.body.items).toMatchObject([{ to: phone, state: 'accepted' }]);
    expect(system.phone.list(5).map(({ to, text }) => [to, text])).toEqual([
      [phone, expect.stringMatching(/^\[تجربة\] Nakheel: مرحبا Layla/)],
    ]);
  });

  it('refuses what is no phone, and both at once', async () => {
    expect((await invite('12')).body.code).toBe('ADDRESS_INVALID');
    expect((await invite(newPhone(), { email: 'a@b.example' })).status).toBe(400);
    const campaign = await addCampaign(system, shop, { channel: 'sms' });
    expect((await test(campaign, ['0501112233'])).status).toBe(400);
  });
});
