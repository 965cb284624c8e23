import { toFeedback } from './inbound-feedback.js';
import { type DeliveryReport, type ReportedRecipient } from './mail/inbound-mail.js';

type Said = Pick<ReportedRecipient, 'action' | 'status'>;

const dead: Said = { action: 'failed', status: '5.1.1' };
const full: Said = { action: 'failed', status: '5.2.2' };
const late: Said = { action: 'delayed', status: '4.4.1' };
const there: Said = { action: 'delivered', status: '2.0.0' };

function told(...recipients: Said[]): string | null | undefined {
  const report: DeliveryReport = {
    ...{ kind: 'delivery_report', source: 'fields', from: null, to: [], subject: '', date: null },
    ...{ messageId: null, references: [], returnedRecipients: [], returnedUnsubscribeUrls: [] },
    ...{ truncated: false, reportingMta: null, originalEnvelopeId: null, arrivalDate: null },
    recipients: recipients.map(said => ({
      ...{ finalRecipient: null, originalRecipient: null, diagnostic: null, explanation: null },
      ...{ remoteMta: null, ...said },
    })),
  };
  const [feedback] = toFeedback(report, {
    ...{ eventId: 'e1', envelopeFrom: '', quoted: null, receivedAt: new Date(0) },
    address: { kind: 'bounce', key: { dispatchId: 1, contactId: 2 } },
  });
  return feedback?.bounceClass ?? feedback?.kind;
}

describe('a report of several addresses that one message was passed on to', () => {
  it('is hard only when all of them are dead', () => {
    expect(told(dead)).toBe('hard');
    expect(told(dead, dead)).toBe('hard');
    expect(told(dead, full)).toBe('soft');
    expect(told(full, dead)).toBe('soft');
  });

  it('is of a delay while one of them is still being tried', () => {
    expect(told(dead, late)).toBe('delayed');
    expect(told(late, dead, dead)).toBe('delayed');
    expect(told(late, late)).toBe('delayed');
  });

  it('keeps a failure that blames no address, whatever is still being tried', () => {
    expect(told(late, full)).toBe('soft');
  });

  it('is of a delivery as soon as one of them has the mail', () => {
    expect(told(dead, there)).toBe('delivered');
  });
});
