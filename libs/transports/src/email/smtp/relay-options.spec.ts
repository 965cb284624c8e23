import { parseRelayUrl } from './relay-options.js';

describe("a relay's URL", () => {
  it.each([
    ['smtp://relay.example', { port: 587, tls: 'offered', credentials: null, checkCertificate: true }],
    ['smtp://relay.example:25?tls=required', { port: 25, tls: 'required' }],
    ['smtps://relay.example', { port: 465, tls: 'implicit', checkCertificate: true }],
    [
      'smtp://us%40er:p%2Css@relay.example',
      { tls: 'required', credentials: { user: 'us@er', pass: 'p,ss' } },
    ],
    ['smtp://u:p@relay.example?tls=insecure', { tls: 'required', checkCertificate: false }],
    ['smtp://127.0.0.1:2525?tls=off', { host: '127.0.0.1', tls: 'off' }],
    ['smtp://[::1]:2525', { host: '::1', name: '::1' }],
    [
      'smtp://relay.example?connections=3&messages=7&name=mail.nile.example',
      { connections: 3, messagesPerConnection: 7, ehloName: 'mail.nile.example' },
    ],
    ['smtp://relay.example?rate=14/second', { limit: { messages: 14, per: 'second' } }],
    ['smtp://relay.example?rate=500%2Fhour', { limit: { messages: 500, per: 'hour' } }],
    ['smtp://relay.example?connections=1', { limit: undefined }],
    [
      'smtp://relay.example?idempotency=Resend-Idempotency-Key&idempotency-hours=12',
      { idempotencyHeader: 'Resend-Idempotency-Key', idempotencyHours: 12 },
    ],
    ['smtp://relay.example', { idempotencyHeader: undefined, idempotencyHours: 24, service: undefined }],
    ['smtp://relay.example?service=postmark', { service: 'postmark' }],
  ])('%s is understood', (url, expected) => {
    expect(parseRelayUrl(url, 8)).toMatchObject(expected);
  });

  it('names the relay by its host and never shows the password', () => {
    expect(parseRelayUrl('smtp://user:secret@relay.example', 8).name).toBe('relay.example');
    for (const url of [
      'smtp://user:secret@relay.example?x=1',
      'smtp://user:secret@relay.example?tls=maybe',
      'smtp://user:secret@',
    ]) {
      expect(() => parseRelayUrl(url, 8)).toThrow(/SMTP_URL: (?!.*secret)/);
    }
  });

  it.each([
    'nonsense',
    'http://relay.example',
    'smtp://user@relay.example',
    'smtp://relay.example?connections=0',
    'smtp://relay.example?connections=many',
    'smtps://relay.example?tls=off',
    'smtp://relay.example?name=a%0d%0ab',
    'smtp://u:%zz@relay.example',
    'smtp://relay.example?rate=14',
    'smtp://relay.example?rate=0/second',
    'smtp://relay.example?rate=1.5/second',
    'smtp://relay.example?rate=9999999/second',
    'smtp://relay.example?rate=5/fortnight',
    'smtp://relay.example?idempotency=Message-ID',
    'smtp://relay.example?idempotency=X-Idempotency-Key%0d%0aBcc',
    'smtp://relay.example?idempotency=Idempotency-Key&idempotency-hours=0',
    'smtp://relay.example?service=pigeons',
    'smtp://relay.example?service=toString',
  ])('%s is refused with a sentence', url => {
    expect(() => parseRelayUrl(url, 8)).toThrow(/^SMTP_URL: .+\.$/);
  });
});
