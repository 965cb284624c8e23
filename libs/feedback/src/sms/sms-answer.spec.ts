import { type SenderIdentity } from '#templates';
import { answerLocale, answerText, isAnsweredByProvider, twiml } from './sms-answer.js';

const sender: SenderIdentity = {
  ...{ legalName: 'Nakheel Trading LLC', tradingName: 'Nakheel & Sons', registrationNumber: null },
  ...{ registrationPlace: null, registeredAddress: null, contactEmail: 'care@nakheel.example' },
  ...{ phone: '+966 11 234 5678', website: 'https://nakheel.example', privacyUrl: null },
  ...{ defaultLocale: 'ar', timeZone: 'Asia/Riyadh' },
};

describe('what is answered to an SMS', () => {
  it('names who sends and says that it is done, and nothing else', () => {
    expect(answerText('stop', sender, 'en')).toBe(
      'Nakheel & Sons: You are unsubscribed and will get no more messages.',
    );
    expect(answerText('stop', { ...sender, tradingName: null, legalName: null }, 'ar')).toBe(
      'تم إلغاء اشتراكك ولن تصلك رسائل أخرى.',
    );
  });

  it('helps with two ways to reach the sender, or without any', () => {
    expect(answerText('help', sender, 'en')).toBe(
      'Nakheel & Sons: For help: care@nakheel.example, +966 11 234 5678. Reply STOP to opt out.',
    );
    const unreachable = { ...sender, contactEmail: ' ', phone: null, website: null };
    expect(answerText('help', unreachable, 'en')).toBe('Nakheel & Sons: Reply STOP to opt out.');
  });

  it.each([
    ['ar-SA', 'STOP', 'ar'],
    ['en', 'إيقاف', 'en'],
    ['fr', 'إيقاف', 'ar'],
    [null, 'STOP', 'en'],
    [null, '123', 'ar'],
  ] as const)(
    'speaks the language of the person (%s), of what they wrote (%s), or the sender’s',
    (tag, text, want) => {
      expect(answerLocale(tag, text, 'ar')).toBe(want);
    },
  );

  it('is XML that says what the text says', () => {
    expect(twiml(null)).toBe('<?xml version="1.0" encoding="UTF-8"?><Response/>');
    expect(twiml('a & <b> "c"')).toBe(
      '<?xml version="1.0" encoding="UTF-8"?><Response><Message>a &amp; &lt;b&gt; &quot;c&quot;</Message></Response>',
    );
  });

  it('is left to the provider for its own words alone', () => {
    const words = ['STOP', ' stop\n', 'OptOut', 'REVOKE', 'yes', 'UNSTOP', 'info', 'Help'];
    expect(words.filter(word => !isAnsweredByProvider(word))).toEqual([]);
    const others = ['STOP.', 'stop please', 'opt out', 'إيقاف', 'arret', ''];
    expect(others.filter(word => isAnsweredByProvider(word))).toEqual([]);
  });
});
