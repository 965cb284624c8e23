import { type Basis, type ConsentAction, consentActions, type ConsentEvent, bases } from './consent-event.js';
import { actText, basisText, methodText, statusText } from './consent-words.js';
import { stateStatuses } from './consent-event.js';
import { lawsText, readLaws } from './law-words.js';

const event: ConsentEvent = {
  ...{ id: 5, contactId: 1, channel: 'email', senderId: 2, topicId: 3, action: 'granted', basis: 'express' },
  ...{ textShown: 'Yes, write to me.', textHash: null, textVersion: null, locale: 'en', method: 'checkbox' },
  ...{ source: 'https://shop.example/signup', evidence: {}, ip: null, userAgent: null, actor: 'key_1' },
  occurredAt: new Date('2026-11-20T08:00:00Z'),
  recordedAt: new Date('2026-11-20T08:00:00Z'),
  expiresAt: null,
};
const names = { topic: 'Offers', sender: 'Nakheel Market' };

describe('an event in words', () => {
  it('says when, who did what, where, to what, and with which words before their eyes', () => {
    expect(actText(event, names, 'en')).toBe(
      'On 20 November 2026 at 08:00 UTC the person ticked a box at https://shop.example/signup and so agreed to emails ' +
        'about “Offers” from Nakheel Market. The words shown were: “Yes, write to me.”. It rests on the person’s express consent.',
    );
    const arabic = actText(event, { ...names, topic: 'العروض' }, 'ar').replace(/[\u2068\u2069]/g, '');
    expect(arabic).toBe(
      'في 20 نوفمبر 2026 في 8:00 ص بالتوقيت العالمي: أشّر الشخص على خانة الموافقة على الصفحة https://shop.example/signup، ' +
        'فوافق على رسائل البريد الإلكتروني عن «العروض» من Nakheel Market. والنص الذي عُرض: «Yes, write to me.». ' +
        'والأساس: موافقة الشخص الصريحة.',
    );
  });

  it.each<[string, Partial<ConsentEvent>, string]>([
    [
      'a record of others',
      { method: 'api', source: 'Riyadh shop' },
      'the sender’s own system recorded at “Riyadh shop” that the person agreed to emails',
    ],
    [
      'a row of a file',
      { method: 'import', source: 'imp_3', evidence: { import: 'imp_3', line: 12 } },
      'an imported file recorded (import imp_3, line 12) that the person agreed to emails',
    ],
    [
      'a way of its own',
      { method: 'kiosk_pad', source: 'fair' },
      'it was recorded by way of “kiosk pad” at “fair” that the person agreed to emails',
    ],
    [
      'a press in a message',
      { method: 'one_click', source: 'dsp_7', action: 'withdrawn', basis: null },
      'pressed “unsubscribe” in their mail program, from the link in a message of dsp_7 and so took back every consent to emails',
    ],
    [
      'a purchase',
      { method: 'api', source: 'till', basis: 'implied_purchase' },
      'the person bought something, from which the law infers a consent to emails about “Offers” from Nakheel Market for some time; the sender’s own system recorded it at “till”',
    ],
    [
      'the end of a consent',
      { action: 'expired', method: 'expiry', source: 'cev_4' },
      'the consent to emails about “Offers” from Nakheel Market ended, its time being over.',
    ],
    [
      'a method that is called like a thing of the language',
      { method: 'constructor' },
      'by way of “constructor”',
    ],
  ])('tells %s', (_, more, words) => {
    expect(actText({ ...event, ...more }, names, 'en')).toContain(words);
  });

  it('tells of a soft opt-in the order, what was bought, and the refusal that was offered', () => {
    const softOptIn = {
      ...{
        orderId: 'A-1',
        productCategories: ['shoes', 'bags'],
        collectedBy: 'self',
        refusalText: 'No, thanks',
      },
      refusalOfferedAt: '2026-11-20T07:59:00.000Z',
    };
    const words = actText({ ...event, basis: 'soft_opt_in', evidence: { softOptIn } }, names, 'en');
    expect(words).toContain('The order was A-1 (shoes, bags).');
    expect(words).toContain(
      'offered to refuse on 20 November 2026 at 07:59 UTC with the words: “No, thanks”.',
    );
    // Evidence that somebody stored in another shape breaks nothing.
    for (const odd of [null, 'x', 7, [], { orderId: 7, refusalText: 'x', refusalOfferedAt: 'never' }]) {
      expect(() =>
        actText({ ...event, basis: 'soft_opt_in', evidence: { softOptIn: odd } }, names, 'ar'),
      ).not.toThrow();
    }
  });

  it('has words for every action and basis in both languages, and none of the codes in them', () => {
    for (const locale of ['en', 'ar'] as const) {
      for (const action of consentActions) {
        const codes: ConsentAction = action;
        const told = actText({ ...event, action: codes }, { topic: null, sender: null }, locale);
        expect(told).not.toMatch(/undefined|null|_/);
      }
      for (const basis of bases) {
        const known: Basis = basis;
        expect(basisText(known, locale)).not.toContain('_');
        expect(actText({ ...event, basis: known }, names, locale)).not.toMatch(/undefined|_/);
      }
      for (const status of stateStatuses) expect(statusText(status, locale)).toBeTruthy();
    }
    expect(basisText('implied', 'en')).toBe('implied');
    expect(methodText({ ...event, method: 'api', source: 'x' }, 'en')).toBe(
      'the sender’s own system recorded it at “x”',
    );
  });
});

describe('the law of a message in words', () => {
  it('names each pack with its version and the operator’s changes', () => {
    expect(readLaws('GB@2*7*9+SA@1+nonsense')).toEqual([
      { code: 'GB', version: 2, overrides: [7, 9] },
      { code: 'SA', version: 1, overrides: [] },
    ]);
    expect(lawsText('GB@2*7+SA@1', 'en')).toBe(
      'United Kingdom (version 2, with the operator’s change 7); Saudi Arabia (version 1)',
    );
    expect(lawsText('GB@1', 'ar').replace(/[\u2068\u2069]/g, '')).toBe('المملكة المتحدة (الإصدار 1)');
    expect(lawsText('', 'en')).toBe('');
  });
});
