import { type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import { type ProviderRequest } from '#feedback';
import { fromPostmark, fromSendgrid, SECRET, secrets } from '../factories/provider-webhooks.js';
import { addCampaign, addPeople, addShop, launch, testSystem, until } from '../factories/system.js';

/** What a service's webhook tells of a complaint, given the head of the mail as its relay got it; null: it knows no mail. */
const services: Record<string, (head: string, email: string, at: Date) => ProviderRequest> = {
  postmark: (head, email, at) => {
    const given = [...head.matchAll(/^X-PM-Metadata-([\w-]{1,20}): (\S{1,80})$/gm)].map(line =>
      line.slice(1),
    );
    return fromPostmark({
      ...{ RecordType: 'SpamComplaint', Type: 'SpamComplaint', TypeCode: 100001, ID: 42, Email: email },
      ...{ MessageID: '00000000-0000-0000-0000-000000000000', BouncedAt: at.toISOString() },
      Metadata: Object.fromEntries(given),
    });
  },
  sendgrid: (head, email, at) => {
    const given = /^X-SMTPAPI: (.+)$/m.exec(head)?.[1];
    const { unique_args: own } = JSON.parse(given ?? '{}') as { unique_args?: Record<string, string> };
    const event = {
      event: 'spamreport',
      email,
      timestamp: Math.floor(at.getTime() / 1000),
      sg_event_id: 'e1',
    };
    return fromSendgrid([{ ...event, sg_message_id: 'sg-1', ...own }], at);
  },
};

describe('a service that knows our mails by an id of its own', () => {
  it.each(Object.keys(services))('is given ours, and %s complaints find the message by it', async service => {
    const heads: string[] = [];
    const relay = new SMTPServer({
      disabledCommands: ['AUTH', 'STARTTLS'],
      onData: (stream, _session, done) => {
        text(stream).then(mail => {
          heads.push(mail.split('\r\n\r\n')[0]!.replaceAll('\r', ''));
          done(null, 'Ok');
        }, done);
      },
    });
    await new Promise<void>(resolve => relay.listen(0, '127.0.0.1', resolve));
    const { port } = relay.server.address() as AddressInfo;
    const system = await testSystem('postgres', {
      env: {
        SMTP_URL: `smtp://127.0.0.1:${port}?tls=off&service=${service}`,
        ...{ POSTMARK_WEBHOOK_SECRET: SECRET, SENDGRID_WEBHOOK_KEY: secrets.sendgridKeys[0]! },
      },
    });
    try {
      const shop = await addShop(system);
      const [person] = await addPeople(system, shop, 1);
      const campaign = await addCampaign(system, shop);
      await launch(system, campaign);
      await until(
        async () => heads.length,
        count => count === 1,
      );
      const { email } = (await system.request('GET', `/v1/contacts/con_${person}`)).body;
      const { headers, body } = services[service]!(heads[0]!, email, system.clock.now());
      const answer = await fetch(`${system.url}/webhooks/${service}`, {
        method: 'POST',
        headers: headers as Record<string, string>,
        body,
      });
      expect([answer.status, await answer.json()]).toEqual([200, { events: 1 }]);
      const { reason } = await until(
        async () =>
          (await system.request('POST', '/v1/suppressions/search', { channel: 'email', address: email })).body
            .items[0],
        found => found !== undefined,
      );
      expect(reason).toBe('complaint');
    } finally {
      await system.close();
      await new Promise<void>(resolve => relay.close(resolve));
    }
  });
});
