import { type Person, type RenderContext, type TemplateContent } from '#templates';

/** MJML of a body with one text in it. */
export function section(inside: string): string {
  return `<mj-section><mj-column><mj-text>${inside}</mj-text></mj-column></mj-section>`;
}

/** A whole MJML document. */
export function mjml(head: string, body: string): string {
  return `<mjml><mj-head>${head}</mj-head><mj-body>${body}</mj-body></mjml>`;
}

/** English only. */
export function englishContent(body: string, subject = 'Hello'): TemplateContent {
  return { en: { subject, preheader: 'A few words before', mjml: body } };
}

export function aPerson(fields: Partial<Person> = {}): Person {
  return {
    firstName: 'Omar',
    lastName: 'Saleh',
    email: 'omar@example.com',
    phone: '+966501234567',
    locale: 'en',
    country: 'SA',
    attributes: {},
    ...fields,
  };
}

/** What a message is rendered with, when nothing is lacking. */
export function aRenderContext(fields: Partial<RenderContext> = {}): RenderContext {
  return {
    sender: {
      legalName: 'Nakheel Trading Company LLC',
      tradingName: 'Nakheel Market',
      registrationNumber: '1010123456',
      registrationPlace: 'Riyadh',
      registeredAddress: '12 Olaya Street, Riyadh',
      contactEmail: 'care@nakheel.example',
      phone: '+966 11 234 5678',
      website: 'https://nakheel.example',
      privacyUrl: 'https://nakheel.example/privacy',
      defaultLocale: 'en',
      timeZone: 'Asia/Riyadh',
    },
    messageClass: 'marketing',
    reason: {
      topicName: { en: 'Offers', ar: 'العروض' },
      basis: 'express',
      since: new Date('2026-05-02T22:30:00Z'),
    },
    campaignName: 'Autumn',
    unsubscribeUrl: 'https://ithn.test/u/token',
    preferencesUrl: 'https://ithn.test/p/token',
    tracking: { opens: false, links: false },
    marking: null,
    ...fields,
  };
}
