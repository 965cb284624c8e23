import { labelledAutomaticReplies } from '../../../../test/corpus/feedback/automatic-replies.js';
import { ourMessageId } from '../../../../test/corpus/feedback/build-mail.js';
import { labelledBounces } from '../../../../test/corpus/feedback/bounces.js';
import { labelledComplaints } from '../../../../test/corpus/feedback/complaints.js';
import { inCharset, lineEnds, mutations } from '../../../../test/corpus/feedback/mutations.js';
import { labelledReplies } from '../../../../test/corpus/feedback/replies.js';
import { bounceFacts } from '../bounce/bounce-facts.js';
import { classifyBounce } from '../bounce/classify-bounce.js';
import { type InboundMail } from './inbound-mail.js';
import { readInboundMail } from './read-inbound-mail.js';

/** The corpus through every mutation and every line end. */
const variants = Object.entries(mutations).flatMap(([mutation, mutate]) =>
  Object.entries(lineEnds).map(([ends, end]) => ({
    name: `${mutation}, ${ends}`,
    bytes: (mail: string): Uint8Array | null => {
      const mutated = mutate(mail);
      return mutated === null ? null : Buffer.from(mutated.replaceAll('\n', end));
    },
  })),
);
const charsets = (['windows-1256', 'iso-8859-1', 'koi8-r'] as const).map(charset => ({
  name: charset,
  bytes: (mail: string): Uint8Array | null => inCharset(mail, charset),
}));

async function everyVariant<Labelled extends { name: string; mail: string }>(
  corpus: readonly Labelled[],
  look: (labelled: Labelled, read: InboundMail) => unknown,
  ways = [...variants, ...charsets],
): Promise<{ faults: string[]; read: number }> {
  const faults: string[] = [];
  let read = 0;
  for (const labelled of corpus) {
    for (const { name, bytes } of ways) {
      const raw = bytes(labelled.mail);
      if (!raw) continue;
      read++;
      const fault = look(labelled, await readInboundMail(raw));
      if (fault) faults.push(`${labelled.name} (${name}): ${JSON.stringify(fault)}`);
    }
  }
  return { faults, read };
}

describe('bounces', () => {
  it('are read in every dialect, line end, encoding and state of repair, and judged', async () => {
    let hard = 0;
    let saidHard = 0;
    let right = 0;
    const { faults, read } = await everyVariant(labelledBounces, ({ recipients }, mail) => {
      if (mail.kind !== 'delivery_report') return mail;
      const got = mail.recipients.map(one => [one.finalRecipient, classifyBounce(bounceFacts(one)).class]);
      recipients.forEach(([, label], index) => {
        const said = got[index]?.[1];
        if (label === 'hard') hard++;
        if (said === 'hard') saidHard++;
        if (label === 'hard' && said === 'hard') right++;
      });
      return JSON.stringify(got) === JSON.stringify(recipients) ? null : got;
    });
    process.stdout.write(
      `bounces: ${labelledBounces.length} mails, ${read} variants; hard: precision ${(right / saidHard).toFixed(3)}, ` +
        `recall ${(right / hard).toFixed(3)}\n`,
    );
    expect(faults).toEqual([]);
    expect(labelledBounces.length).toBeGreaterThanOrEqual(60);
    expect(read).toBeGreaterThan(labelledBounces.length * 15);
  });

  it('lead to the original by its Message-ID wherever it was returned, and to whom it was for', async () => {
    const returned = labelledBounces.filter(({ mail }) => mail.includes('\nMessage-ID: <tok3n'));
    expect(returned.length).toBeGreaterThan(50);
    for (const { name, mail, recipients } of returned) {
      const read = await readInboundMail(Buffer.from(mail));
      expect([name, read.references]).toEqual([name, expect.arrayContaining([ourMessageId])]);
      expect([name, read.returnedRecipients]).toEqual([name, expect.arrayContaining([recipients[0]?.[0]])]);
      expect([name, read.returnedUnsubscribeUrls]).toEqual([
        name,
        ['https://shop.example/u/abc123', 'mailto:unsub+abc123@shop.example'],
      ]);
    }
  });

  it('keep what else a report says', async () => {
    const [first] = labelledBounces;
    expect(await readInboundMail(Buffer.from(first!.mail))).toMatchObject({
      ...{
        kind: 'delivery_report',
        source: 'fields',
        reportingMta: 'mail.relay.example',
        from: 'mailer-daemon@mail.relay.example',
      },
      ...{ to: ['b+tok3n@news.shop.example'], messageId: '<report-1@mail.relay.example>', truncated: false },
      arrivalDate: new Date('2026-11-22T10:00:00Z'),
      recipients: [
        { status: '5.1.1', remoteMta: 'gmail-smtp-in.l.google.com', diagnostic: { type: 'smtp' } },
      ],
    });
  });

  it('are not made by a person who forwards one', async () => {
    const [qmail] = labelledBounces.filter(({ name }) => name === 'qmail');
    const forwarded = qmail!.mail
      .replace(/^Return-Path: <>\nFrom: .*$/m, 'From: Anna <anna@firm.example>')
      .replace('failure notice', 'Fwd: failure notice');
    expect(await readInboundMail(Buffer.from(forwarded))).toMatchObject({ kind: 'reply' });
  });
});

describe('complaints', () => {
  it('are read whatever their parts are called and whatever state they are in', async () => {
    const { faults } = await everyVariant(
      labelledComplaints,
      ({ feedbackType, recipients, incidents = 1 }, mail) => {
        if (mail.kind !== 'complaint_report') return mail;
        const got = [
          mail.feedbackType,
          mail.originalRecipients,
          mail.incidents,
          mail.references.includes(ourMessageId),
        ];
        return JSON.stringify(got) === JSON.stringify([feedbackType, recipients, incidents, true])
          ? null
          : got;
      },
    );
    expect(faults).toEqual([]);
    expect(labelledComplaints.length).toBeGreaterThanOrEqual(15);
  });

  it('keep what else a report says', async () => {
    const full = labelledComplaints.find(({ name }) => name === 'All that RFC 5965 knows');
    expect(await readInboundMail(Buffer.from(full!.mail))).toMatchObject({
      ...{
        originalMailFrom: 'b+tok3n@news.shop.example',
        sourceIp: '203.0.113.10',
        reportingMta: 'mx.provider.example',
      },
      ...{ originalEnvelopeId: 'env-1', reportedDomains: ['shop.example'], userAgent: 'SomeGenerator/1.0' },
      arrivalDate: new Date('2026-11-22T10:00:00Z'),
      returnedRecipients: ['anna@provider.example'],
    });
  });
});

describe('automatic replies', () => {
  it('are known by headers, subjects in many languages, or words', async () => {
    const { faults } = await everyVariant(labelledAutomaticReplies, ({ sign }, mail) =>
      mail.kind === 'automatic_reply' && mail.sign === sign ? null : mail,
    );
    expect(faults).toEqual([]);
    expect(labelledAutomaticReplies.length).toBeGreaterThanOrEqual(10);
  });
});

describe('replies', () => {
  it('are what the person wrote, in the dialect of any mail program', async () => {
    const { faults } = await everyVariant(labelledReplies, ({ newText }, mail) =>
      mail.kind === 'reply' && mail.newText === newText && mail.references.includes(ourMessageId)
        ? null
        : mail,
    );
    expect(faults).toEqual([]);
    expect(labelledReplies.length).toBeGreaterThanOrEqual(20);
  });

  it.each([
    ['"ahmed@other.example" <Real@x.example>', 'real@x.example'],
    ['prvs=1234=anna@x.example', 'prvs=1234=anna@x.example'],
    ['Anna <bounces+1=2@x.example>', 'bounces+1=2@x.example'],
    ['=?utf-8?Q?evil=40y.example=2C?= <anna@x.example>', 'anna@x.example'],
    ['أحمد <ahmed@متجر.example>', 'ahmed@متجر.example'],
    ['undisclosed-recipients:;', null],
  ])('is from whom the address of %j says, and from no other', async (from, address) => {
    const raw = `From: ${from}\r\nSubject: Re: offer\r\n\r\nIs it in stock?\r\n`;
    expect((await readInboundMail(Buffer.from(raw))).from).toBe(address);
  });
});
