import { fromProvider, NOT_SENT } from './provider-feedback.js';
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
    [
      "the server's words before a provider's own sorting",
      { bounceType: 'bounce/bounce/Invalid Address', diagnostic: '550 5.7.1 message rejected as spam' },
      'block',
    ],
    ['a dead address that SendGrid drops', { kind: 'rejected', diagnostic: 'Bounced Address' }, 'hard'],
    ['an address that SendGrid finds invalid', { kind: 'rejected', diagnostic: 'Invalid' }, 'hard'],
    [
      'a dead address that Mailgun drops',
      { kind: 'rejected', bounceType: 'failed/permanent/suppress-bounce', code: 605 },
      'hard',
    ],
    [
      'a dead address under another reason of Mailgun',
      { diagnostic: 'Not delivering to previously bounced address', bounceType: 'failed/permanent/old' },
      'hard',
    ],
    [
      'what Mailgun tried until it was too old',
      { diagnostic: 'Too old', bounceType: 'failed/permanent/old' },
      'soft',
    ],
    ['a header that is invalid', { kind: 'rejected', diagnostic: 'Invalid SMTPAPI header' }, 'block'],
    ['our own quota', { kind: 'rejected', diagnostic: 'Recipient List over Package Quota' }, 'block'],
    ['our own account', { kind: 'rejected', diagnostic: 'Account suspended' }, 'block'],
    ["a provider's own trouble", { kind: 'rejected', diagnostic: 'Internal error' }, 'block'],
    ['content that was refused', { bounceType: 'Transient/ContentRejected' }, 'block'],
    ['an attachment that was refused', { bounceType: 'Transient/AttachmentRejected' }, 'block'],
    ['a mail that was too large', { bounceType: 'Transient/MessageTooLarge' }, 'block'],
  ])('judges %s', (_, more, bounceClass) => {
    expect(fromProvider({ ...event, ...more }, key)).toMatchObject({
      kind: 'bounced',
      bounceClass,
      heldFor: null,
    });
  });

  it.each<[string, Partial<ProviderEvent>]>([
    ['SendGrid', { diagnostic: 'Unsubscribed Address', bounceType: 'dropped' }],
    ['Mailgun', { diagnostic: 'Not delivering to unsubscribed address', code: 605 }],
    ['Mailgun, by its reason', { bounceType: 'failed/permanent/suppress-unsubscribe' }],
    ['SES', { bounceType: 'Permanent/UnsubscribedRecipient' }],
  ])('that %s sends nothing to who left is their leaving', (_, more) => {
    expect(fromProvider({ ...event, kind: 'rejected', ...more }, key)).toMatchObject({
      ...{ kind: 'opted_out', reason: 'provider', heldFor: null },
    });
  });

  it.each<[string, Partial<ProviderEvent>]>([
    ['a mail without a way to leave', { diagnostic: 'Missing List-Unsubscribe header' }],
    ['spam in its own eyes', { diagnostic: 'Spam Content' }],
    ['an address on its list', { bounceType: 'Permanent/Suppressed' }],
  ])('that was never sent, for %s, blames no lane', (_, more) => {
    expect(fromProvider({ ...event, kind: 'rejected', ...more }, key)).toMatchObject({
      ...{ kind: 'bounced', bounceClass: 'block', reason: NOT_SENT },
      detail: more.diagnostic ?? more.bounceType,
    });
  });

  it.each([
    ['auth-failure', 'auth_failed', null],
    ['virus', 'complained', 'AMBIGUOUS'],
    ['other', 'complained', 'AMBIGUOUS'],
    ['fraud', 'complained', null],
  ] as const)(
    'that complains of %s means what a report by mail of it means',
    (feedbackType, kind, heldFor) => {
      expect(fromProvider({ ...event, kind: 'complained', feedbackType }, key)).toMatchObject({
        kind,
        heldFor,
      });
      expect(fromProvider({ ...event, kind: 'complained', feedbackType }, null)?.heldFor).toBe('UNPROVEN');
    },
  );

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
