import { z } from 'zod';
import { amount, currency } from '../http/money.js';
import { country, line } from '../http/schemas.js';

const price = z.strictObject({
  country: country
    .nullable()
    .default(null)
    .describe('Of the phone it goes to; null: every country that has no price of its own'),
  from: line(40)
    .min(1)
    .nullable()
    .default(null)
    .describe(
      'A number, a Messaging Service or a name as it stands among the sources of senders, without the mark of a country; null: ' +
        'whatever has no price of its own',
    ),
  price: amount.describe('What one part costs'),
});

export const smsPrices = z
  .strictObject({
    currency: currency.describe('The one of this installation (SMS_CURRENCY), so that nobody mistakes it'),
    prices: z.array(price).max(1000),
  })
  .meta({
    title: 'SmsPrices',
    examples: [{ currency: 'USD', prices: [{ country: 'SA', price: '0.045' }, { price: '0.1' }] }],
  });
export type SmsPricesBody = z.infer<typeof smsPrices>;
