/** Query parameters that measure a campaign or pay somebody for the click. */
const parameters =
  /^(?:utm_\w+|gclid|fbclid|mc_cid|mc_eid|aff(?:iliate)?(?:_?id)?|affid|awc|irclickid|clickid|click_id|partner(?:_?id)?|ref(?:erral)?_?code|tag|coupon(?:_?code)?|voucher|promo(?:_?code)?|discount(?:_?code)?|offer(?:_?id)?|deal(?:_?id)?)$/i;

/** Parts of a path or of a host name that stand for a shop window. */
const windows = new Set([
  ...[
    'sale',
    'offer',
    'offers',
    'deal',
    'deals',
    'shop',
    'promo',
    'promos',
    'promotion',
    'promotions',
    'discount',
  ],
  ...[
    'discounts',
    'coupon',
    'coupons',
    'voucher',
    'vouchers',
    'clearance',
    'outlet',
    'bestsellers',
    'arrivals',
  ],
  ...[
    'cart',
    'basket',
    'checkout',
    'عروض',
    'العروض',
    'تخفيضات',
    'خصومات',
    'تنزيلات',
    'تسوق',
    'كوبون',
    'كوبونات',
  ],
]);
/** Somebody's own business in a shop: `/shop/orders/42`. */
const business = new Set([
  ...[
    'order',
    'orders',
    'account',
    'help',
    'support',
    'faq',
    'faqs',
    'return',
    'returns',
    'refund',
    'refunds',
  ],
  ...[
    'track',
    'tracking',
    'warranty',
    'manual',
    'manuals',
    'docs',
    'guide',
    'guides',
    'care',
    'policy',
    'policies',
  ],
  ...[
    'terms',
    'privacy',
    'contact',
    'invoice',
    'invoices',
    'receipt',
    'receipts',
    'repair',
    'repairs',
    'appointment',
  ],
  ...[
    'download',
    'downloads',
    'preferences',
    'unsubscribe',
    'feedback',
    'survey',
    'review',
    'profile',
    'settings',
  ],
]);
/** `shop.example.com` is where a shop lives; these stand for its shop window. */
const hosts = new Set(['sale', 'offer', 'offers', 'deal', 'deals', 'promo', 'promos', 'outlet', 'coupons']);

/** What makes a link promotional, as it stands in the link; null when nothing does. */
export function promotionInLink(url: string): string | null {
  if (!/^https?:/i.test(url.trim())) return null;
  let parsed: URL;
  try {
    parsed = new URL(url.trim());
  } catch {
    return null;
  }
  for (const name of parsed.searchParams.keys()) if (parameters.test(name)) return `${name}=`;
  const host = parsed.hostname
    .split('.')
    .slice(0, -2)
    .find(label => hosts.has(label));
  if (host !== undefined) return parsed.hostname;
  const segments = decoded(parsed.pathname)
    .toLowerCase()
    .split('/')
    .filter(segment => segment !== '');
  const words = segments.map(segment => segment.split(/[-_.~+ ]/));
  if (words.some(parts => parts.some(part => business.has(part)))) return null;
  const at = words.findIndex(parts =>
    parts.some((part, nth) => windows.has(part) && !isAfterSale(parts, nth)),
  );
  return at === -1 ? null : `/${segments[at] ?? ''}`;
}

/** `terms-of-sale`, `after-sale-service`: the sale that was. */
function isAfterSale(parts: string[], at: number): boolean {
  return parts[at] === 'sale' && ['of', 'after', 'post'].includes(parts[at - 1] ?? '');
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
