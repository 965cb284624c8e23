import { type ConsentEvent, deferrals, denials, type Sender, type Topic } from '#consent';
import { type Dispatch } from './dispatch.js';
import { type Message, messageStates } from './message.repository.js';
import { type Why } from './why.js';
import { whyText } from './why-words.js';

const at = (time: string): Date => new Date(`2026-11-${time}:00Z`);

const consent: ConsentEvent = {
  ...{
    id: 5,
    contactId: 1042,
    channel: 'email',
    senderId: 2,
    topicId: 3,
    action: 'granted',
    basis: 'express',
  },
  ...{ textShown: 'Yes, write to me.', textHash: null, textVersion: null, locale: 'en', method: 'checkbox' },
  ...{ source: 'https://shop.example/signup', evidence: {}, ip: null, userAgent: null, actor: 'key_1' },
  ...{ occurredAt: at('20T08:00'), recordedAt: at('20T08:00'), expiresAt: null },
};

function whyOf(message: Partial<Message>, more: Partial<Why> = {}): Why {
  return {
    message: {
      ...{ dispatchId: 7, contactId: 1042, state: 'accepted', reason: null, attempt: 1, consentEventId: 5 },
      ...{ basis: 'express', lawPack: 'GB@1+SA@2', relay: 'r', providerMessageId: null, reply: null },
      ...{
        allowedAt: at('21T09:00'),
        settledAt: at('21T09:01'),
        retryAt: null,
        addressHash: null,
        keySince: null,
        lostAt: null,
        channel: null,
      },
      ...message,
    },
    dispatch: {
      id: 7,
      name: 'Autumn offer',
      channel: 'email',
      messageClass: 'marketing',
      senderId: 2,
      topicId: 3,
    } as Dispatch,
    sender: {
      tradingName: 'Nakheel Market',
      legalName: 'Nakheel LLC',
      fromName: null,
      key: 'shop',
    } as Sender,
    topic: { name: { en: 'Offers', ar: 'العروض' } } as Topic,
    ...{ consent, purge: null, suppression: null, ...more },
  };
}
const suppressed = {
  ...{
    id: 1,
    channel: 'email' as const,
    senderId: null,
    topicId: null,
    reason: 'erased' as const,
    source: 'x',
  },
  createdAt: at('19T07:30'),
};
const plain = (text: string): string => text.replace(/[\u2068\u2069]/g, '');

describe('why a message was or was not sent, in words', () => {
  it('tells what it was, what allowed it with the wording, date and place, the laws, and what came of it', () => {
    expect(whyText(whyOf({}), 'en')).toBe(
      'This is a marketing email about “Offers” from Nakheel Market (“Autumn offer”, dsp_7). ' +
        'It was allowed on 21 November 2026 at 09:00 UTC, in the moment of sending, on these grounds: ' +
        'On 20 November 2026 at 08:00 UTC the person ticked a box at https://shop.example/signup and so agreed to emails about ' +
        '“Offers” from Nakheel Market. The words shown were: “Yes, write to me.”. It rests on the person’s express consent. ' +
        'In that moment this had not been withdrawn and had not ended, and the address was not barred by the suppression list. ' +
        'The laws asked were: United Kingdom (version 1); Saudi Arabia (version 2). They accept this basis for such a message, ' +
        'and allow it at that hour. ' +
        'The receiving server accepted it on 21 November 2026 at 09:01 UTC; that it reached the inbox is not said by that.',
    );
    const arabic = plain(whyText(whyOf({}), 'ar'));
    expect(arabic).toContain(
      'هذه رسالة بريد إلكتروني تسويقية عن «العروض» من Nakheel Market («Autumn offer»، dsp_7).',
    );
    expect(arabic).toContain('أشّر الشخص على خانة الموافقة على الصفحة https://shop.example/signup، فوافق على');
    expect(arabic).toContain('المملكة المتحدة (الإصدار 1)، المملكة العربية السعودية (الإصدار 2)');
  });

  it('tells of one that was not sent the reason, since when and why the address was barred, and the record', () => {
    const text = whyText(
      whyOf({ state: 'skipped', reason: 'SUPPRESSED', settledAt: null }, { suppression: suppressed }),
      'en',
    );
    expect(text).toContain('It was not sent. The address is on the suppression list.');
    expect(text).toContain(
      'on the suppression list since 19 November 2026 at 07:30 UTC, because the person had their data erased.',
    );
    expect(text).toContain('This is what the record says: On 20 November 2026');
    expect(text).not.toContain('They accept');
  });

  it('tells of a withdrawal when and how', () => {
    const withdrawal: ConsentEvent = {
      ...consent,
      ...{ action: 'withdrawn', basis: null, method: 'one_click', source: 'dsp_6', textShown: null },
    };
    const text = whyText(whyOf({ state: 'skipped', reason: 'WITHDRAWN' }, { consent: withdrawal }), 'en');
    expect(text).toContain('The person withdrew their permission.');
    expect(text).toContain(
      'pressed “unsubscribe” in their mail program, from the link in a message of dsp_6',
    );
  });

  it('tells of one that waits until when, and that permission is asked for anew', () => {
    const waiting = whyOf({ state: 'deferred', reason: 'QUIET_HOURS', attempt: 0, retryAt: at('22T06:00') });
    expect(whyText(waiting, 'en')).toContain(
      'It has not been sent yet. It is outside the hours or days at which the rules allow such messages. Permission is asked for anew from 22 November 2026 at 06:00 UTC on.',
    );
    expect(plain(whyText(waiting, 'ar'))).toContain('لم تُرسل بعد.');
    const again = whyOf({
      state: 'deferred',
      reason: 'TRY_LATER',
      reply: '451 later',
      retryAt: at('21T09:05'),
    });
    expect(whyText(again, 'en')).toContain(
      'The next try is on 21 November 2026 at 09:05 UTC. The server said: “451 later”.',
    );
  });

  it.each([
    [
      'erased',
      'was erased on 23 November 2026 at 10:00 UTC at the person’s request; a minimal proof is kept apart',
    ],
    [
      'retention',
      'was deleted on 23 November 2026 at 10:00 UTC, the time for which the law has it kept being over',
    ],
    ['unconfirmed', 'because it was never confirmed'],
  ] as const)('tells what became of a record that left the ledger (%s)', (reason, words) => {
    const purge = { reason, purgedAt: at('23T10:00') };
    const text = whyText(whyOf({}, { consent: null, purge }), 'en');
    expect(text).toContain(words);
    expect(text).toContain('It rested on the person’s express consent.');
  });

  it('has words for every state and reason in both languages', () => {
    for (const locale of ['en', 'ar'] as const) {
      for (const state of messageStates) {
        for (const reason of [...denials, ...deferrals, 'CONTACT_GONE', 'REFUSED', 'NO_ANSWER', null]) {
          for (const held of [consent, null]) {
            const text = whyText(whyOf({ state, reason, lawPack: '' }, { consent: held }), locale);
            expect(text).not.toMatch(/undefined|null|[A-Z]+_[A-Z]+|express_|\s{2}/);
          }
        }
      }
    }
  });
});
