import { type OutgoingEmail } from '#transports';

/** A campaign mail in both scripts, complete; override what a test is about. */
export function email(more: Partial<OutgoingEmail> = {}): OutgoingEmail {
  return {
    from: { name: 'Nile Books', address: 'news@nile.example' },
    envelopeFrom: 'b+abc@bounce.nile.example',
    to: { name: 'منى السيد', address: 'mona@example.org' },
    replyTo: 'care@nile.example',
    subject: 'Your order is ready',
    html: '<p>Hello <b>Mona</b></p>\n<p dir="rtl">طلبك جاهز</p>',
    text: 'Hello Mona\nطلبك جاهز\n',
    messageId: `<${crypto.randomUUID()}@nile.example>`,
    date: new Date('2026-11-21T09:00:00Z'),
    listUnsubscribe: { url: 'https://ithn.test/u/token', mailto: 'unsub+token@bounce.nile.example' },
    listId: { name: 'Nile Books news', id: 'news.nile.example' },
    feedbackId: 'cam42:news:nile:ithn0001',
    autoSubmitted: false,
    language: 'ar',
    ...more,
  };
}
