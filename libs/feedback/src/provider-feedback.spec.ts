import { fromProvider } from './provider-feedback.js';
import { type ProviderEvent } from './providers/index.js';

const event: ProviderEvent = {
  ...{ provider: 'ses', eventId: 'e1', kind: 'bounced', occurredAt: new Date(0), recipient: 'a@example.com' },
  ...{
    messageId: null,
    providerMessageId: 'p1',
    status: null,
    code: null,
    diagnostic: null,
    bounceType: null,
  },
  ...{ feedbackType: null, machine: null, url: null, userAgent: null, ip: null },
};
const key = { dispatchId: 1, contactId: 2 };

describe('an event of a provider', () => {
  it.each<[string, Partial<ProviderEvent>, string]>([
    [
      "the server's words before the provider's",
      {
        bounceType: 'Permanent/General',
        status: '5.7.1',
        diagnostic: '550 5.7.1 Message rejected as spam by content filter',
      },
      'block',
    ],
    [
      'a mailbox nobody has',
      { bounceType: 'Transient/General', status: '5.1.1', diagnostic: '550 5.1.1 user unknown' },
      'hard',
    ],
    ['words of the provider where the server said nothing', { bounceType: 'Permanent/NoEmail' }, 'hard'],
    ['a full mailbox', { bounceType: 'Transient/MailboxFull' }, 'soft'],
    ["the provider's own list", { kind: 'rejected', bounceType: 'Permanent/Suppressed' }, 'block'],
    ['an address the provider knows to be dead', { kind: 'rejected', bounceType: 'Bounced Address' }, 'hard'],
    ['nothing at all', {}, 'soft'],
  ])('judges %s', (_, more, bounceClass) => {
    expect(fromProvider({ ...event, ...more }, key)).toMatchObject({
      kind: 'bounced',
      bounceClass,
      heldFor: null,
    });
  });

  it("acts only when an id of ours names its message, and keeps nobody's address", () => {
    const told = fromProvider({ ...event, diagnostic: '550 <mona@example.org> user unknown' }, null);
    expect(told).toMatchObject({ key: null, heldFor: 'UNPROVEN' });
    expect(JSON.stringify(told)).not.toContain('mona');
  });

  it.each<ProviderEvent['kind']>(['accepted', 'opened', 'clicked', 'other'])(
    'is no feedback when it says "%s"',
    kind => {
      expect(fromProvider({ ...event, kind }, key)).toBeNull();
    },
  );

  it.each([
    ['complained', 'abuse', 'complained'],
    ['complained', 'not-spam', 'not_spam'],
    ['unsubscribed', null, 'opted_out'],
    ['delivered', null, 'delivered'],
    ['deferred', null, 'delayed'],
  ] as const)('that says "%s" (%s) is kept as %s', (kind, feedbackType, kept) => {
    expect(fromProvider({ ...event, kind, feedbackType }, key)?.kind).toBe(kept);
  });
});
