import { multipart, textMail } from '../../../test/corpus/feedback/build-mail.js';
import { type NewFeedback } from './feedback.js';
import { toFeedback } from './inbound-feedback.js';
import { readInboundMail } from './mail/read-inbound-mail.js';

/** What a mail of Anna's to the address for replies comes to. */
async function told(raw: string): Promise<NewFeedback | undefined> {
  const [first] = toFeedback(await readInboundMail(Buffer.from(raw)), {
    eventId: 'mail-1',
    envelopeFrom: 'anna@firm.example',
    address: { kind: 'reply', key: { dispatchId: 1, contactId: 2 } },
    quoted: null,
    receivedAt: new Date('2026-11-22T10:00:00Z'),
  } as Parameters<typeof toFeedback>[1]);
  return first;
}
const from = { From: 'Anna <anna@firm.example>', To: 'r-1@back.shop.example' };
const mail = (subject: string, text: string): string => textMail({ ...from, Subject: subject }, text);

describe('a reply', () => {
  it.each([
    ['unsubscribe', ''],
    ['STOP', '\n\n'],
    ['إلغاء الاشتراك', ''],
    ['Désabonnement', ''],
    ['Please take me off your list', '-- \nAnna Beispiel'],
    ['Unsubscribe', 'Sent from my iPhone'],
  ])('of the subject "%s" and no text opts out', async (subject, text) => {
    expect(await told(mail(subject, text))).toMatchObject({
      kind: 'opted_out',
      detail: subject,
      heldFor: null,
    });
  });

  it.each([
    'Re: Unsubscribe from boring shoes',
    'RE: STOP',
    'Fwd: unsubscribe',
    'رد: إلغاء الاشتراك',
    'Aw: Stop',
  ])('without text, of our own subject "%s", says nothing', async subject => {
    expect(await told(mail(subject, ''))).toMatchObject({ kind: 'replied', detail: '', heldFor: null });
  });

  it('of a subject alone is passed on with it', async () => {
    expect(await told(mail('Where is my parcel?', ''))).toMatchObject({
      ...{ kind: 'replied', detail: 'Where is my parcel?', heldFor: null },
    });
  });

  it.each([
    ['unsubscribe', 'Anna Beispiel'],
    ['Unsubscribe', 'This e-mail is confidential. If you received it in error, delete it.'],
    ['STOP', 'Where is my parcel?'],
  ])('whose subject "%s" asks for what its text does not is held', async (subject, text) => {
    expect(await told(mail(subject, text))).toMatchObject({ kind: 'replied', heldFor: 'AMBIGUOUS' });
  });

  it('is judged by its text where that says something', async () => {
    expect(await told(mail('A question', 'Please unsubscribe me.'))).toMatchObject({ kind: 'opted_out' });
    expect(await told(mail('A question', 'Which size?'))).toMatchObject({ kind: 'replied', heldFor: null });
  });

  it('opts out, whatever log it has attached', async () => {
    const raw = multipart(
      'multipart/mixed',
      Object.entries({ ...from, Subject: 'Your mails' }).map(([name, value]) => `${name}: ${value}`),
      [
        { type: 'text/plain', body: 'stop sending me mail' },
        {
          type: 'text/plain; name=mail.log',
          headers: ['Content-Disposition: attachment'],
          body: 'Final-Recipient: rfc822; anna@firm.example\nAction: failed\nStatus: 5.1.1',
        },
      ],
    );
    expect(await told(raw)).toMatchObject({ kind: 'opted_out', heldFor: null });
  });

  it.each(['Order 55 could not be delivered', 'Delivery failed again', 'Undelivered parcel'])(
    'that is no answer, about "%s", is passed on',
    async subject => {
      expect(await told(mail(subject, 'The parcel could not be delivered. Send it again!'))).toMatchObject({
        ...{ kind: 'replied', heldFor: null },
      });
    },
  );

  it.each([
    'Feedback-Type: website\nVersion: 2\n\nThe basket is slow.',
    'Feedback-Type: praise\nUser-Agent: Firefox',
    'Status: unhappy\nAction: refund\nFinal-Recipient: my neighbour',
  ])('that is written like a form is no report: %j', async text => {
    expect(await told(mail('Feedback', text))).toMatchObject({
      kind: 'replied',
      detail: text,
      heldFor: null,
    });
  });
});
