import fc from 'fast-check';
import { labelledAutomaticReplies } from '../../../../test/corpus/feedback/automatic-replies.js';
import { multipart, textMail } from '../../../../test/corpus/feedback/build-mail.js';
import { labelledBounces } from '../../../../test/corpus/feedback/bounces.js';
import { labelledComplaints } from '../../../../test/corpus/feedback/complaints.js';
import { labelledReplies } from '../../../../test/corpus/feedback/replies.js';
import { bounceFacts } from '../bounce/bounce-facts.js';
import { classifyBounce } from '../bounce/classify-bounce.js';
import { type InboundMail } from './inbound-mail.js';
import { newTextOf } from './new-text.js';
import { optOutIn } from './opt-out.js';
import { readInboundMail } from './read-inbound-mail.js';

/** All that is done with a mail; and how long the longest may take. A slow machine is allowed for, a square is not. */
const longestMs = 3_000;
async function use(raw: Uint8Array): Promise<InboundMail> {
  const started = performance.now();
  const mail = await readInboundMail(raw);
  if (mail.kind === 'reply') optOutIn(mail.newText);
  if (mail.kind === 'delivery_report') {
    expect(mail.recipients.length).toBeGreaterThan(0);
    for (const recipient of mail.recipients) classifyBounce(bounceFacts(recipient));
  }
  expect(mail.references.length).toBeLessThanOrEqual(50);
  expect(performance.now() - started).toBeLessThan(longestMs);
  return mail;
}

const corpus = [
  ...labelledBounces,
  ...labelledComplaints,
  ...labelledAutomaticReplies,
  ...labelledReplies,
].map(({ mail }) => mail);

describe('hostile mail', () => {
  it('of random bytes is read as something', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 4_000 }), async bytes => {
        await use(bytes);
      }),
      { numRuns: 500 },
    );
  });

  it('made of real mail, cut, crossed and spoilt, is read as something', async () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 20 }).map(bytes => Buffer.from(bytes).toString('latin1')),
      fc.constantFrom(
        '\n\n',
        '\r',
        '--b0undary_42\n',
        '--b0undary_42--\n',
        'Content-Type: multipart/report; boundary=x\n',
        'Final-Recipient: ',
        'Feedback-Type: abuse\n',
        '=?utf-8?B?',
        '>',
        '<blockquote>',
        '\u0000',
        'charset=nonsense',
        '__proto__: x\n',
        'constructor: y\n',
      ),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...corpus),
        fc.constantFrom(...corpus),
        fc.array(fc.tuple(fc.nat(4_000), fc.nat(80), piece), { maxLength: 6 }),
        fc.nat(3_000),
        async (one, other, wounds, cross) => {
          let mail = one.slice(0, cross) + other.slice(cross);
          for (const [at, length, text] of wounds) mail = mail.slice(0, at) + text + mail.slice(at + length);
          await use(Buffer.from(mail, 'utf8'));
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it.each(
    [...'a @<>.:;=?-_"(*\n\r\t\u0000\u00e9ع>,/'].map(character => [JSON.stringify(character), character]),
  )(
    'of a megabyte of %s is read in time, wherever that stands',
    async (_, character) => {
      const much = character.repeat(1_000_000);
      await use(Buffer.from(much));
      await use(Buffer.from(`Subject: ${much}\n\nx`));
      await use(Buffer.from(textMail({ From: 'a@b.example', Subject: 'Re: x' }, much)));
      await use(
        Buffer.from(
          textMail(
            { From: 'MAILER-DAEMON@b.example', Subject: 'failure notice', 'Return-Path': '<>' },
            `could not be delivered\n${much}`,
          ),
        ),
      );
      await use(
        Buffer.from(textMail({ From: 'a@b.example', Subject: 'Re: x' }, `<p>${much}</p>`, 'text/html')),
      );
      await use(
        Buffer.from(
          multipart(
            'multipart/report; report-type=delivery-status',
            ['From: MAILER-DAEMON@b.example'],
            [
              {
                type: 'message/delivery-status',
                body: `Final-Recipient: rfc822; a@b.example\nDiagnostic-Code: smtp; ${much}`,
              },
              { type: 'message/rfc822', body: `Message-ID: ${much}` },
            ],
          ),
        ),
      );
    },
    60_000,
  );

  it.each([
    'user ',
    'no such ',
    '550 5.1.1 ',
    'a@b.example ',
    '<a@b> ',
    'http://a.example/ ',
    'spam message from ',
    'مستخدم غير ',
    '用户',
    '=?utf-8?Q?x?= ',
    'unknown address sender ',
  ])('whose server says "%s" for ever is judged in time', phrase => {
    const started = performance.now();
    const verdict = classifyBounce({
      status: '5.0.0',
      diagnostic: phrase.repeat(Math.ceil(1_000_000 / phrase.length)),
    });
    expect(verdict.class).not.toBe('none');
    expect(performance.now() - started).toBeLessThan(500);
  });

  it.each([
    'On ',
    'Le ',
    'في ',
    'On x wrote: ',
    'From: ',
    'From: a\nTo: b\n',
    '> ',
    'stop ',
    'unsubscribe my ',
    'لا أريد ',
    'ne plus ',
    'regards\n',
    '-- \n',
  ])('whose writer says "%s" for ever is read in time', phrase => {
    const started = performance.now();
    optOutIn(newTextOf(phrase.repeat(Math.ceil(1_000_000 / phrase.length))));
    optOutIn(phrase.repeat(Math.ceil(1_000_000 / phrase.length)));
    expect(performance.now() - started).toBeLessThan(longestMs);
  });

  it('with parts within parts without end is unreadable, and says why', async () => {
    const deep = Array.from(
      { length: 200 },
      (_, level) => `Content-Type: multipart/mixed; boundary=b${level}\n\n--b${level}\n`,
    ).join('');
    expect(await use(Buffer.from(`From: a@b.example\n${deep}\nx`))).toMatchObject({
      kind: 'unreadable',
      reason: expect.stringContaining('nesting'),
    });
  });

  it('with headers without end is unreadable, and says why', async () => {
    const mail = Buffer.from(`${`X-A: ${'b'.repeat(100)}\n`.repeat(5_000)}\nx`);
    expect(await use(mail)).toMatchObject({ kind: 'unreadable', reason: expect.stringContaining('header') });
  });

  it('with parts without end is cut', async () => {
    const mail = `From: a@b.example\nContent-Type: multipart/mixed; boundary=b\n\n${'--b\n\nx\n'.repeat(200_000)}`;
    expect(await use(Buffer.from(mail))).toMatchObject({ truncated: true });
  });

  it('with elements within elements without end is read in time', async () => {
    const html = `<p>Yes.</p>${'<div><blockquote>'.repeat(20_000)}x`;
    expect(
      await use(Buffer.from(textMail({ From: 'a@b.example', Subject: 'Re: x' }, html, 'text/html'))),
    ).toMatchObject({ kind: 'reply' });
  });

  it('that is longer than what is read of one is cut there', async () => {
    const mail = Buffer.from(
      textMail({ From: 'a@b.example', Subject: 'Re: x' }, `Yes.\n${'x\n'.repeat(5_000)}`),
    );
    expect(await readInboundMail(mail, { bytes: 1_000 })).toMatchObject({
      kind: 'reply',
      truncated: true,
      newText: expect.stringMatching(/^Yes\./),
    });
  });

  it('with more recipients than anybody has is read up to a number', async () => {
    const recipients = Array.from(
      { length: 5_000 },
      (_, n) => `Final-Recipient: rfc822; u${n}@b.example\nAction: failed\nStatus: 5.1.1\n`,
    );
    const mail = multipart(
      'multipart/report; report-type=delivery-status',
      ['From: MAILER-DAEMON@b.example'],
      [
        {
          type: 'message/delivery-status',
          body: `Reporting-MTA: dns; b.example\n\n${recipients.join('\n')}`,
        },
      ],
    );
    const read = await use(Buffer.from(mail));
    expect(read.kind === 'delivery_report' && read.recipients).toHaveLength(100);
  });

  it('cannot reach what every object has', async () => {
    const mail = await use(
      Buffer.from('__proto__: x\nconstructor: y\ntoString: z\nFrom: a@b.example\n\n__proto__: 1'),
    );
    expect(mail).toMatchObject({ kind: 'reply', from: 'a@b.example' });
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });
});
