import { type Locale, type LocalizedText, type MessageClass } from '#common';
import { type MessageSubject } from './message-subject.js';
import { type FaqEntry } from './faq-entry.js';
import { type Person, type RenderContext, type SenderIdentity } from './person.js';

/** A person nobody knows anything of: what a template must read well for, too. */
export const unknownPerson: Person = {
  firstName: null,
  lastName: null,
  email: null,
  phone: null,
  locale: null,
  country: null,
  attributes: {},
};

export function samplePerson(locale: Locale): Person {
  return locale === 'ar'
    ? {
        ...{ firstName: 'ليلى', lastName: 'حداد', email: 'layla@example.com', phone: '+966501234567' },
        ...{ locale: 'ar-SA', country: 'SA', attributes: {} },
      }
    : {
        ...{ firstName: 'Sarah', lastName: 'Miller', email: 'sarah@example.com', phone: '+447700900123' },
        ...{ locale: 'en-GB', country: 'GB', attributes: {} },
      };
}

function sampleSender(locale: Locale): SenderIdentity {
  return {
    legalName: locale === 'ar' ? 'شركة النموذج للتجارة' : 'Sample Trading Ltd',
    tradingName: locale === 'ar' ? 'متجر النموذج' : 'Sample Shop',
    registrationNumber: '1234567',
    registrationPlace: locale === 'ar' ? 'الرياض' : 'London',
    registeredAddress: locale === 'ar' ? 'شارع المثال 1، الرياض' : '1 Example Street, London',
    contactEmail: 'hello@example.com',
    phone: '+44 20 7946 0000',
    website: 'https://example.com',
    privacyUrl: 'https://example.com/privacy',
    defaultLocale: locale,
    timeZone: 'UTC',
    faq: sampleFaq,
  };
}

const sampleFaq: FaqEntry[] = [
  {
    question: { en: 'Where is my order?', ar: 'أين طلبي؟' },
    answer: {
      en: 'As soon as it leaves us you receive a message with the tracking number.',
      ar: 'ما إن يغادر مستودعنا حتى تصلك رسالة فيها رقم التتبع.',
    },
    url: 'https://example.com/help/delivery',
  },
  {
    question: { en: 'How do I send something back?', ar: 'كيف أعيد منتجًا؟' },
    answer: {
      en: 'Reply to any of our messages, and we will tell you how and where to.',
      ar: 'رد على أي رسالة منا، ونخبرك كيف تعيده وإلى أين.',
    },
    url: null,
  },
];

/** What somebody may have subscribed to in each class, and on what ground. */
const sampleReason: Record<MessageClass, { topicName: LocalizedText; basis: string }> = {
  marketing: { topicName: { en: 'Offers', ar: 'العروض' }, basis: 'express' },
  service: { topicName: { en: 'After your purchase', ar: 'ما بعد الشراء' }, basis: 'service' },
  transactional: { topicName: { en: 'Your orders', ar: 'طلباتك' }, basis: 'transactional' },
};

/** What a preview is rendered with: everything a message has, with links that lead nowhere. */
export function sampleContext(
  locale: Locale,
  since: Date,
  sender: SenderIdentity | null,
  messageClass: MessageClass = 'marketing',
): RenderContext {
  return {
    sender: sender ?? sampleSender(locale),
    messageClass,
    reason: { ...sampleReason[messageClass], since },
    campaignName: locale === 'ar' ? 'حملة تجريبية' : 'Sample campaign',
    unsubscribeUrl: 'https://example.com/unsubscribe/preview',
    preferencesUrl: 'https://example.com/preferences/preview',
    tracking: { opens: false, links: false },
    marking: null,
  };
}

const DAY_MS = 86_400_000;

/** Of each kind what a message may be about: somebody who bought twice, the last time a few days ago. */
export function sampleSubject(locale: Locale, now: Date): MessageSubject {
  const isArabic = locale === 'ar';
  const currency = isArabic ? 'SAR' : 'GBP';
  const ago = (days: number): Date => new Date(now.getTime() - days * DAY_MS);
  const shoes = isArabic ? 'أحذية' : 'Shoes';
  const socks = isArabic ? 'جوارب' : 'Socks';
  return {
    purchases: {
      ...{ count: 2, firstAt: ago(90), lastAt: ago(3), daysSinceLast: 3, categories: [shoes, socks] },
      ...{ spent: { [currency]: { total: 340_000_000, orders: 2 } }, currency },
    },
    order: {
      ...{ number: '1042', placedAt: ago(3), currency, total: 240_000_000 },
      url: 'https://example.com/orders/1042',
      items: [
        {
          ...{ name: isArabic ? 'حذاء رياضي' : 'Running shoes', quantity: 1, price: 200_000_000 },
          ...{ category: shoes, url: 'https://example.com/products/running-shoes' },
        },
        {
          ...{ name: isArabic ? 'جوارب قطنية' : 'Cotton socks', quantity: 2, price: 20_000_000 },
          ...{ category: socks, url: 'https://example.com/products/cotton-socks' },
        },
      ],
    },
    event: {
      ...{ name: 'cart.abandoned', occurredAt: ago(1) },
      data: {
        cart_url: 'https://example.com/cart/7',
        items: isArabic ? ['تمر عجوة', 'قهوة عربية × 2'] : ['Ajwa dates', 'Arabic coffee × 2'],
      },
    },
  };
}
