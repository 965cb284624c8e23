import fc from 'fast-check';
import { keyOf, type SmsPrice, SmsPrices } from './sms-price.js';

const countries = fc.constantFrom('SA', 'GB', 'US');
const sources = fc.constantFrom('+15005550006', 'Shop', 'Shop 2');
const price = fc.record({
  country: fc.option(countries),
  source: fc.option(sources),
  micros: fc.integer({ min: 0, max: 1_000_000 }),
});
const priceList = fc.uniqueArray(price, {
  selector: ({ country, source }) => keyOf(country, source),
  maxLength: 16,
});

describe('the price of an SMS', () => {
  it('is the one for the country and the source, else the country, else the source, else for all', () => {
    const prices: SmsPrice[] = [
      { country: 'SA', source: 'Shop', micros: 4 },
      { country: 'SA', source: null, micros: 3 },
      { country: null, source: 'Shop', micros: 2 },
      { country: null, source: null, micros: 1 },
    ];
    expect(new SmsPrices(prices).of('SA', 'Shop')).toBe(4);
    expect(new SmsPrices(prices).of('SA', '+15005550006')).toBe(3);
    expect(new SmsPrices(prices).of('GB', 'Shop')).toBe(2);
    expect(new SmsPrices(prices).of('GB', '+15005550006')).toBe(1);
    expect(new SmsPrices(prices).of(null, 'Shop')).toBe(2);
    expect(new SmsPrices([]).of('SA', 'Shop')).toBeNull();
  });

  it('is that of the most that fits, in whatever order they were said', () => {
    const weight = (one: SmsPrice): number => (one.country === null ? 0 : 2) + (one.source === null ? 0 : 1);
    fc.assert(
      fc.property(priceList, fc.option(countries), sources, (prices, country, source) => {
        const fits = prices.filter(
          one =>
            (one.country === null || one.country === country) &&
            (one.source === null || one.source === source),
        );
        const best = fits.sort((a, b) => weight(b) - weight(a))[0];
        expect(new SmsPrices(prices).of(country, source)).toBe(best?.micros ?? null);
      }),
    );
  });

  it('may be nothing, which is not the same as unknown', () => {
    expect(new SmsPrices([{ country: 'SA', source: null, micros: 0 }]).of('SA', 'Shop')).toBe(0);
  });

  it('is known of a source where one for any of its countries is', () => {
    const prices = new SmsPrices([{ country: 'SA', source: null, micros: 3 }]);
    expect(prices.knowAny([{ country: 'SA', value: 'Shop' }])).toBe(true);
    expect(prices.knowAny([{ country: null, value: 'Shop' }])).toBe(true);
    expect(prices.knowAny([{ country: 'GB', value: 'Shop' }])).toBe(false);
    const ofOther = new SmsPrices([{ country: 'SA', source: 'Other', micros: 3 }]);
    expect(ofOther.knowAny([{ country: null, value: 'Shop' }])).toBe(false);
    expect(ofOther.knowAny([])).toBe(false);
  });
});
