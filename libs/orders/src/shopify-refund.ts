import { type Refund } from './told-order.js';
import { type ToldValue } from './told-value.js';

/**
 * Money that went back through Shopify, in the shop's own currency. The transactions are in the one the customer paid in
 * ("presentment"); where that is another, the amounts of the goods and of what was put right (shipping, a difference) count,
 * which are told in both.
 * @param order the order that it stands in; null: it was told by itself
 * @returns null: no money went back, or none whose worth in the shop's currency is told
 */
export function refundOf(refund: ToldValue, order: ToldValue | null, toldAt: Date): Refund | null {
  const paidBack = refund
    .at('transactions')
    .items()
    .filter(one => one.at('kind').is('refund') && one.at('status').is('success'));
  // A refund without money is a correction of the stock.
  if (paidBack.length === 0) return null;
  const shopCurrency = order?.at('currency').text() ?? currencyOf(refund);
  const isOwn = paidBack.every(one => one.at('currency').text() === shopCurrency);
  const amount = isOwn
    ? paidBack.reduce((sum, one) => sum + (one.at('amount').readableMicros() ?? 0n), 0n)
    : worthOf(refund, order);
  const at = refund.at('processed_at').instant() ?? refund.at('created_at').instant() ?? toldAt;
  return amount > 0n ? { externalId: refund.at('id').required(), amount, at } : null;
}

/** What the shop's currency is, by what the refund says of itself; null: it does not. */
function currencyOf(refund: ToldValue): string | null {
  const sets = [
    refund.at('total_duties_set'),
    ...goods(refund).map(one => one.at('subtotal_set')),
    ...corrections(refund).map(one => one.at('amount_set')),
  ];
  return sets.map(set => set.at('shop_money', 'currency_code').text()).find(code => code !== null) ?? null;
}

/** Taxes are counted only where the order says that prices are without them: rather too little than twice. */
function worthOf(refund: ToldValue, order: ToldValue | null): bigint {
  const isTaxApart = order?.at('taxes_included').is(false) ?? false;
  const sum = (values: readonly ToldValue[], names: readonly string[]): bigint =>
    values
      .flatMap(value => names.map(name => signed(value.at(name, 'shop_money', 'amount'))))
      .reduce((all, micros) => all + micros, 0n);
  const ofGoods = sum(goods(refund), isTaxApart ? ['subtotal_set', 'total_tax_set'] : ['subtotal_set']);
  // What a correction gives back is negative.
  return ofGoods - sum(corrections(refund), isTaxApart ? ['amount_set', 'tax_amount_set'] : ['amount_set']);
}

const goods = (refund: ToldValue): ToldValue[] => refund.at('refund_line_items').items();
const corrections = (refund: ToldValue): ToldValue[] => refund.at('order_adjustments').items();

function signed(amount: ToldValue): bigint {
  const micros = amount.magnitude() ?? 0n;
  return amount.text()?.startsWith('-') === true ? -micros : micros;
}
