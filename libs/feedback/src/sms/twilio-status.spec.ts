import fc from 'fast-check';
import { smsFaults } from '#transports';
import { judgeSms } from './sms-verdict.js';
import { fromStatus } from './twilio-status.js';

const now = new Date('2026-11-21T09:00:00Z');
const key = { dispatchId: 7, contactId: 42 };
const sid = `SM${'0'.repeat(32)}`;
const read = (fields: Record<string, string>): ReturnType<typeof fromStatus> => fromStatus(fields, key, now);

describe('a report of an SMS', () => {
  it.each([
    [{ MessageStatus: 'sent' }, { kind: 'taken' }],
    [{ SmsStatus: 'Delivered' }, { kind: 'delivered' }],
    [{ MessageStatus: 'read' }, { kind: 'delivered' }],
    [
      { MessageStatus: 'undelivered', ErrorCode: '30003' },
      { kind: 'bounced', bounceClass: 'soft' },
    ],
    [
      { MessageStatus: 'failed', ErrorCode: '30007' },
      { kind: 'bounced', bounceClass: 'block' },
    ],
    [
      { MessageStatus: 'failed', ErrorCode: '21610' },
      { kind: 'opted_out', reason: 'carrier' },
    ],
    [{ MessageStatus: 'failed' }, { kind: 'bounced', reason: 'unknown', status: null }],
    [
      { MessageStatus: 'failed', ErrorCode: 'a lot' },
      { kind: 'bounced', reason: 'unknown', status: null },
    ],
    [{ MessageStatus: 'canceled' }, { kind: 'bounced', bounceClass: 'block', reason: 'canceled' }],
  ])('%j tells %j of its message', (fields, wanted) => {
    expect(read({ MessageSid: sid, ...fields })).toMatchObject({
      ...{ source: 'twilio', channel: 'sms', key, ...wanted },
    });
  });

  it('is one event for each status of a message', () => {
    const ids = ['sent', 'SENT', 'delivered'].map(MessageStatus => read({ MessageSid: sid, MessageStatus }));
    expect(new Set(ids.map(told => (told as { sourceEventId: string }).sourceEventId)).size).toBe(2);
  });

  it('never throws, and says nothing or that it cannot be read when it is none', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.string()), fields => {
        expect(read(fields)).toBe('unreadable');
        expect(read({ ...fields, MessageSid: sid, MessageStatus: 'pondering' })).toBeNull();
      }),
    );
  });

  it('has but one meaning for every fault there is, and none costs a person that is about us', () => {
    const codes = Array.from({ length: 99_999 }, (_, code) => judgeSms(code));
    const reasons = new Set(codes.map(({ reason }) => reason));
    expect(reasons).toEqual(new Set([...smsFaults.filter(fault => fault !== 'opted_out'), 'carrier']));
    const hard = codes.filter(({ bounceClass }) => bounceClass === 'hard').map(({ reason }) => reason);
    expect(new Set(hard)).toEqual(new Set(['invalid']));
  });
});
