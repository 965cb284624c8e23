import fc from 'fast-check';
import { smartlyEncoded } from './smart-encoding.js';
import { sizeOfSms } from './sms-parts.js';

const unit = fc.constantFrom('a', ' ', '€', '…', '—', '“', '\u00A0', '\u200B');

describe('smart encoding', () => {
  it.each([
    ['“Nile” – it’s here…', '"Nile" - it\'s here...'],
    ['50\u00A0% off\u200E', '50 % off'],
    ['tab\tand `tick`', "tab and 'tick'"],
    ['plain € text', 'plain € text'],
  ])('says %j as %j', (text, plain) => {
    expect(smartlyEncoded(text)).toBe(plain);
    expect(sizeOfSms(smartlyEncoded(text)).encoding).toBe('gsm7');
  });

  it.each(['“مرحبًا” – طلبك جاهز…', 'It’s 😀', 'ça va – oui', '“Zoë”'])('leaves %j as it is', text => {
    expect(smartlyEncoded(text)).toBe(text);
  });

  it('leaves what it would make dearer', () => {
    expect(smartlyEncoded('…'.repeat(70))).toBe('…'.repeat(70));
  });

  it('never makes a message dearer, whatever it says', () => {
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 400 }), text => {
        expect(sizeOfSms(smartlyEncoded(text)).parts).toBeLessThanOrEqual(sizeOfSms(text).parts);
      }),
    );
  });
});
