import { type StoredSms } from '#transports';
import { canBeAnswered, phonePage, phonesOf, readingDirection } from './phones-view.js';

let count = 0;
const sms = (more: Partial<StoredSms>): StoredSms => ({
  ...{ id: `SM${++count}`, direction: 'outbound-api', from: 'Nakhla-AD', to: '+966520000001', text: 'Hi' },
  ...{ validSeconds: null, at: '2026-11-22T09:00:00.000Z', state: 'delivered', errorCode: null },
  ...more,
});

describe('a text on a phone', () => {
  it.each([
    ['Nakhla: أهلًا ماجد، وصلت تمور الموسم. https://nakhla.example/a/very/long/address', 'rtl'],
    ['Hi منى, the new dates are in.', 'ltr'],
    ['https://nakhla.example/جديد', 'ltr'],
    ['إيقاف', 'rtl'],
    ['Nakhla: خصم 15% على كل التمور، الرمز AHLAN2026 في Nakhla Market', 'rtl'],
    ['Nakhla نخلة: the new dates are in', 'ltr'],
    ['שלום, Nakhla', 'rtl'],
    ['123 👋🏽', 'ltr'],
    ['', 'ltr'],
    ['\u202Eevil', 'ltr'],
  ])('%j reads %s', (text, direction) => {
    expect(readingDirection(text)).toBe(direction);
  });
});

describe('phones', () => {
  it('are sorted by their newest message, and each shows a thread for everyone who wrote', () => {
    const [first, second, answer, other] = [
      sms({ text: 'first' }),
      sms({ text: 'second', to: '+447700900001', from: '+15005550006' }),
      sms({ text: 'STOP', direction: 'inbound', from: '+447700900001', to: '+15005550006' }),
      sms({ text: 'other', from: '+15005550006' }),
    ];
    const phones = phonesOf([other, answer, second, first]);
    expect(phones).toEqual([
      {
        number: '+966520000001',
        threads: [
          { with: '+15005550006', messages: [other] },
          { with: 'Nakhla-AD', messages: [first] },
        ],
      },
      { number: '+447700900001', threads: [{ with: '+15005550006', messages: [second, answer] }] },
    ]);
  });

  it.each([
    ['+15005550006', true],
    ['70707', true],
    ['Nakhla', false],
    ['12', false],
    [`MG${'1'.repeat(32)}`, false],
  ])('can answer %s: %s', (sender, can) => {
    expect(canBeAnswered(sender)).toBe(can);
  });

  it.each([
    [sms({ validSeconds: 6702 }), ['1 part, GSM-7', 'valid for 1 h 51 min', 'delivered'], null],
    [
      sms({ text: 'ا'.repeat(71), validSeconds: 45 }),
      ['2 parts, UCS-2', 'valid for 45 s', 'delivered'],
      null,
    ],
    [sms({ state: 'queued', validSeconds: 7200 }), ['1 part, GSM-7', 'valid for 2 h', 'on its way'], null],
    [sms({ state: 'undelivered', errorCode: 30005 }), ['1 part, GSM-7'], 'not delivered: error 30005'],
    [sms({ state: 'failed', errorCode: 404 }), ['1 part, GSM-7'], 'not taken: the answer was 404'],
    [sms({ state: 'failed' }), ['1 part, GSM-7'], 'not taken: nobody answered'],
  ])('say of a message what is known of it', (message, facts, trouble) => {
    const [phone] = phonesOf([message]);
    expect(phonePage(phone!).threads[0]?.messages).toMatchObject([{ facts, trouble }]);
  });
});
