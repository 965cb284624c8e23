import { generateKeyPairSync } from 'node:crypto';
import { loadConfig } from './config.js';

const secret = 's'.repeat(32);
const load = (more: Record<string, string>) => loadConfig({ ITHN_SECRET: secret, ...more });

describe('the address keys', () => {
  const [young, old] = ['y'.repeat(32), 'o'.repeat(32)];

  it('are a list, the newest first', () => {
    const [first, second] = load({ ITHN_ADDRESS_KEY: `${young}, ${old}` }).addressKeys;
    expect([first]).toEqual(load({ ITHN_ADDRESS_KEY: young }).addressKeys);
    expect([second]).toEqual(load({ ITHN_ADDRESS_KEY: old }).addressKeys);
  });

  it('are the oldest secret when none is given, which may be named as a key later', () => {
    const unset = loadConfig({ ITHN_SECRET: `${young},${secret}` }).addressKeys;
    expect(unset).toEqual(load({ ITHN_ADDRESS_KEY: secret }).addressKeys);
    expect(load({ ITHN_ADDRESS_KEY: '' }).addressKeys).toEqual(unset);
  });

  it('are each long enough, and each there once', () => {
    expect(() => load({ ITHN_ADDRESS_KEY: `${young},short` })).toThrow(
      'ITHN_ADDRESS_KEY: every key needs at least 32 characters.',
    );
    expect(() => load({ ITHN_ADDRESS_KEY: `${young},${young}` })).toThrow('a key stands in it twice');
  });
});

describe('what a worker has in hand', () => {
  it('is bounded, so that PostgreSQL has room for its locks', () => {
    expect(load({ SENDING_BATCH: '500', SENDING_RUNNERS: '6' })).toMatchObject({ SENDING_BATCH: 500 });
    expect(() => load({ SENDING_BATCH: '500', SENDING_RUNNERS: '64' })).toThrow(
      'SENDING_BATCH: times SENDING_RUNNERS it is 32000',
    );
  });
});

describe('what tells providers from anybody', () => {
  const curveKey = (namedCurve: string): string =>
    generateKeyPairSync('ec', { namedCurve })
      .publicKey.export({ type: 'spki', format: 'der' })
      .toString('base64');
  const arn = 'arn:aws:sns:eu-west-1:123456789012:mail';

  it('is in lists, the newest first, and in nothing else', () => {
    const key = curveKey('P-256');
    const given = {
      SES_TOPIC_ARNS: `${arn},${arn}-2`,
      SENDGRID_WEBHOOK_KEY: key,
      MAILGUN_SIGNING_KEY: `${secret}, ${secret}2`,
    };
    expect(load(given).providerSecrets).toEqual({
      ...{ sesTopicArns: [arn, `${arn}-2`], sendgridKeys: [key], mailgunKeys: [secret, `${secret}2`] },
      ...{ sesSecrets: [], postmarkSecrets: [], brevoSecrets: [] },
    });
    expect(load(given)).not.toHaveProperty('MAILGUN_SIGNING_KEY');
  });

  it.each([
    ['SES_TOPIC_ARNS', `${arn},mail`],
    ['SENDGRID_WEBHOOK_KEY', 'not a key'],
    ['SENDGRID_WEBHOOK_KEY', curveKey('P-384')],
    ['MAILGUN_SIGNING_KEY', `${secret},short`],
    ['POSTMARK_WEBHOOK_SECRET', 'short'],
    ['BREVO_WEBHOOK_SECRET', `${secret},1`],
    ['SES_WEBHOOK_SECRET', 'short'],
    ['WEBHOOK_NETWORKS', '10.1.0.0'],
    ['WEBHOOK_NETWORKS', '10.1.0.0/33'],
    ['WEBHOOK_NETWORKS', 'example.com/8'],
  ])('stops the start when %s is %j', (name, value) => {
    expect(() => load({ [name]: value })).toThrow(`${name}: `);
  });
});
