import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import nodemailer from 'nodemailer';
import { SandboxInbox } from './sandbox-inbox.js';

describe('the sandbox inbox', () => {
  let folder: string;
  let inbox: SandboxInbox;
  const start = async (limit = 5000): Promise<void> => {
    inbox = await SandboxInbox.start({ folder, port: 0, limit });
  };
  const send = async (to: string, subject: string, from = 'shop@example.org'): Promise<unknown> => {
    const mailer = nodemailer.createTransport({ host: '127.0.0.1', port: inbox.port });
    try {
      return await mailer.sendMail({ from, to, subject, text: `Hello ${subject}` });
    } finally {
      mailer.close();
    }
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ithn-inbox-'));
    await start();
  });
  afterEach(async () => {
    await inbox.close();
    await rm(folder, { recursive: true });
  });

  it('lists the newest first and finds by words of subject and addresses', async () => {
    await send('mona@example.org', 'أخبار الكتب');
    await send('omar@example.org', 'Book news');
    expect((await inbox.list()).map(mail => mail.subject)).toEqual(['Book news', 'أخبار الكتب']);
    expect((await inbox.list({ search: 'الكتب MONA' })).map(mail => mail.to)).toEqual(['mona@example.org']);
    expect(await inbox.list({ search: 'mona news' })).toEqual([]);
    expect(await inbox.list({ limit: 1 })).toHaveLength(1);
  });

  it('shows a mail with its envelope and the bytes it came as', async () => {
    await send('mona@example.org', 'Hi', 'Shop <shop@example.org>');
    const mail = await inbox.get((await inbox.list())[0]?.id ?? '');
    expect(mail).toMatchObject({
      envelopeFrom: 'shop@example.org',
      envelopeTo: ['mona@example.org'],
      html: null,
    });
    expect(mail?.text.trim()).toBe('Hello Hi');
    expect(mail?.header('Subject')).toBe('Hi');
    expect(mail?.raw.toString()).toMatch(
      /^Return-Path: <shop@example.org>\r\nDelivered-To: mona@example.org\r\n/,
    );
  });

  it('keeps its mails over a restart', async () => {
    await send('mona@example.org', 'First');
    await inbox.close();
    await start();
    await send('mona@example.org', 'Second');
    expect((await inbox.list()).map(mail => mail.subject)).toEqual(['Second', 'First']);
    expect(inbox).toMatchObject({ count: 2, received: 1 });
  });

  it('drops the oldest beyond its limit, from the disk too', async () => {
    await inbox.close();
    await start(2);
    for (const subject of ['one', 'two', 'three']) await send('mona@example.org', subject);
    expect((await inbox.list()).map(mail => mail.subject)).toEqual(['three', 'two']);
    expect(await readdir(folder)).toHaveLength(2);
    expect(inbox.received).toBe(3);
  });

  it('waits for a mail that is yet to come, and finds one that is here', async () => {
    const waiting = inbox.waitFor(mail => mail.subject === 'wanted');
    await send('mona@example.org', 'other');
    await send('mona@example.org', 'wanted');
    expect((await waiting).subject).toBe('wanted');
    expect((await inbox.waitFor(mail => mail.subject === 'other')).subject).toBe('other');
    await expect(inbox.waitFor(() => false, 30)).rejects.toThrow('2 others are here');
  });

  it('refuses the addresses that are for refusals, one of them only at first', async () => {
    await expect(send('bounce+7@example.org', 'x')).rejects.toMatchObject({ responseCode: 550 });
    await expect(send('reject@example.org', 'x')).rejects.toThrow(/550 5\.1\.1/);
    await expect(send('defer@example.org', 'x')).rejects.toThrow(/451 4\.7\.1/);
    await send('defer@example.org', 'again');
    await send('bouncer@example.org', 'not one of them');
    expect(inbox).toMatchObject({ received: 2, refused: 3 });
  });

  it('knows no mail by a name that is none of its own', async () => {
    await writeFile(join(folder, 'secret.txt'), 'x');
    for (const id of ['../secret', 'secret', '', '1764000000000-999999', '__proto__']) {
      expect(await inbox.get(id)).toBeNull();
    }
  });

  it('keeps nothing of a mail whose sender hangs up in the middle, and goes on', async () => {
    await new Promise<void>(resolve => {
      const socket = connect(inbox.port, '127.0.0.1');
      socket.on('data', data => {
        if (data.toString().startsWith('354')) socket.end('Subject: half');
      });
      socket.on('close', () => resolve());
      socket.write('EHLO x\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n');
    });
    await send('mona@example.org', 'whole');
    expect((await inbox.list()).map(mail => mail.subject)).toEqual(['whole']);
  });

  it('says what to do when its port is taken', async () => {
    await expect(SandboxInbox.start({ folder, port: inbox.port })).rejects.toThrow(/INBOX_SMTP_PORT/);
  });
});
