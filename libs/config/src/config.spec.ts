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
