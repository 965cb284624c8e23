import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SandboxPhone } from '#transports';
import { twilioTo } from '../factories/sms.js';
import { TEST_ACCOUNT } from '../factories/test-account.js';
import { refused, ScriptedApiPeer } from './scripted-api-peer.js';
import { smsTransportConformance } from './sms-transport.conformance.js';

smsTransportConformance('the sandbox', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ithn-phone-'));
  const phone = await SandboxPhone.start({ folder, port: 0, authToken: TEST_ACCOUNT.authToken });
  const transport = twilioTo(phone.url);
  return {
    transport,
    arrived: () =>
      phone
        .list(1000)
        .reverse()
        .map(({ from, to, text }) => ({ from, to, text })),
    refused: '+15005550001',
    busySender: '+15005550008',
    close: async () => {
      await transport.close();
      await phone.close();
      await rm(folder, { recursive: true });
    },
  };
});

smsTransportConformance('the API as it is written down', async () => {
  const peer = await ScriptedApiPeer.start((_, form) => {
    const to = form.get('To') ?? '';
    if (to === '+15005550001')
      return refused(400, 21211, `The 'To' number ${to} is not a valid phone number.`);
    return form.get('From') === '+15005550008'
      ? refused(429, 21611, 'The queue of this number is full')
      : undefined;
  });
  const transport = twilioTo(peer.url);
  return {
    transport,
    arrived: () => peer.taken.map(({ from, to, text }) => ({ from, to, text })),
    refused: '+15005550001',
    busySender: '+15005550008',
    close: async () => {
      await transport.close();
      await peer.close();
    },
  };
});
