import { addPhones, addSmsShop, SMS_HOUR } from '../factories/sms-shop.js';
import {
  addCampaign,
  launch,
  type Shop,
  testSystem,
  type TestSystem,
  untilState,
} from '../factories/system.js';

const sms = { channel: 'sms' };

describe('what a campaign by SMS would cost', () => {
  let system: TestSystem;
  let shop: Shop;

  beforeAll(async () => {
    system = await testSystem('postgres');
    const prices = [
      { country: 'SA', from: null, price: '0.04' },
      { country: 'FR', from: null, price: '0.07' },
    ];
    await system.request('PUT', '/v1/sms-prices', { currency: 'USD', prices });
  });
  afterAll(() => system.close());
  beforeEach(async () => {
    system.clock.set(SMS_HOUR);
    shop = await addSmsShop(system, {
      content: { en: { text: 'Dates are here.' }, ar: { text: 'وصلت التمور الجديدة إلى متجرنا.' } },
    });
  });

  const estimate = async (campaign: string): Promise<any> =>
    (await system.request('GET', `/v1/campaigns/${campaign}/cost/estimate`)).body;

  it('is told beforehand to the last cent, and is what it then costs', async () => {
    await addPhones(system, shop, 20, { locale: 'en' });
    await addPhones(system, shop, 10, { locale: 'ar' });
    await addPhones(system, shop, 5, { locale: 'en', prefix: '+33640' });
    await addPhones(system, shop, 4, { consent: false });
    const campaign = await addCampaign(system, shop, sms);
    const told = await estimate(campaign);
    expect(told).toMatchObject({
      ...{ currency: 'USD', recipients: 35, looked: 35, failing: 0, unpriced: 0 },
      encodings: { gsm7: 25, ucs2: 10 },
    });
    // In Arabic: the name, the text and the link come to 81 characters and more, and those take two parts.
    expect(told.parts).toMatchObject({ least: 1, most: 2, total: 45 });
    expect(told.cost).toEqual({ least: '0.04', average: '0.055714', most: '0.08', total: '1.95' });
    await launch(system, campaign);
    await untilState(system, campaign, 'finished');
    const { body } = await system.request('GET', `/v1/campaigns/${campaign}/cost`);
    expect(body).toMatchObject({ spent: '1.95', settled: '1.95', parts: 45, messages: 35 });
  });

  it('is estimated from a sample of many, and says so', async () => {
    await addPhones(system, shop, 12_000, { locale: 'en' });
    const campaign = await addCampaign(system, shop, sms);
    const told = await estimate(campaign);
    expect(told).toMatchObject({ recipients: 12_000, parts: { average: 1, total: 12_000 } });
    expect(told.looked).toBeLessThan(12_000);
    expect(told.looked).toBeGreaterThan(1000);
    expect(told.cost.total).toBe('480.00');
  });

  it('says of how many nobody knows the price, and that an email campaign has none', async () => {
    await addPhones(system, shop, 3, { prefix: '+44770' });
    const campaign = await addCampaign(system, shop, sms);
    expect(await estimate(campaign)).toMatchObject({ recipients: 3, unpriced: 3, cost: null });
    const email = await addCampaign(system, shop, { templateId: null });
    const refused = await system.request('GET', `/v1/campaigns/${email}/cost/estimate`);
    expect([refused.status, refused.body.code]).toEqual([422, 'CAMPAIGN_NOT_READY']);
  });

  it('is shown in the preview of a template, with what forces it into more parts', async () => {
    const preview = async (body: object): Promise<any> =>
      (await system.request('POST', `/v1/templates/${shop.templateId}/preview`, body)).body;
    const arabic = await preview({ locale: 'ar', senderId: shop.senderId });
    expect(arabic).toMatchObject({ channel: 'sms', dir: 'rtl', encoding: 'ucs2', parts: 2 });
    expect(arabic.cost).toEqual({ amount: '0.08', currency: 'USD' });
    expect(arabic.forcedBy).toEqual({ character: 'و', at: 'Nakheel: '.length });
    const english = await preview({ locale: 'en', senderId: shop.senderId });
    expect(english).toMatchObject({ encoding: 'gsm7', parts: 1, forcedBy: null, from: '+15005550006' });
    expect(english.text).toContain('Dates are here.');
  });
});
