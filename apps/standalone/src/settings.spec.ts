import { parseCommand } from './command.js';
import { standaloneConfig } from './settings.js';

const secret = { ITHN_SECRET: 's'.repeat(32) };
const configured = (variables: Record<string, string>, ...args: string[]) =>
  standaloneConfig({ ...secret, ...variables }, parseCommand(args));

describe('the port of the sandbox phone', () => {
  it.each([
    [{}, [], 2580],
    [{}, ['--inbox-port', '2917'], 2918],
    [{ INBOX_SMTP_PORT: '2917' }, [], 2918],
    [{}, ['--port', '2918', '--inbox-port', '2917'], 2919],
    [{ INBOX_SMTP_PORT: '2999' }, [], 3001],
    [{}, ['--inbox-port', '0'], 0],
    [{}, ['--inbox-port', '65535'], 65_534],
    [{ INBOX_SMS_PORT: '2600' }, ['--inbox-port', '2917'], 2600],
    [{ INBOX_SMS_PORT: '2600' }, ['--inbox-port', '2917', '--inbox-sms-port', '2601'], 2601],
  ])('with %j and %j is %i', (variables, args, port) => {
    expect(configured(variables as Record<string, string>, ...args).INBOX_SMS_PORT).toBe(port);
  });

  it('hides no mistake in the port of the inbox', () => {
    expect(() => configured({ INBOX_SMTP_PORT: 'abc' })).toThrow('INBOX_SMTP_PORT: must be a whole number');
  });
});

describe('a Twilio account', () => {
  const account = {
    ...{ TWILIO_ACCOUNT_SID: `AC${'a'.repeat(32)}`, TWILIO_AUTH_TOKEN: 'a token of somebody' },
    TWILIO_API_URL: 'https://api.dublin.ie1.twilio.com',
  };

  it('is used by the program, and never by the demo', () => {
    expect(configured(account).twilio).not.toBeNull();
    expect(configured(account, 'demo')).toMatchObject({
      ...{ twilio: null, TWILIO_API_URL: 'https://api.twilio.com' },
    });
  });
});
