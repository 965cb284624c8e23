import { Inject, Injectable } from '@nestjs/common';
import { type Histogram, Metrics } from '#metrics';
import { type EmailTransport } from './email/email-transport.js';
import { type RelayStanding } from './email/smtp/relay.js';
import { SmtpTransport } from './email/smtp/smtp-transport.js';
import { EMAIL_TRANSPORT } from './email-transport.token.js';

/** Seconds: a relay on this machine answers in one millisecond, one that scans each mail may take half a minute. */
const TRANSACTIONS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120];

/** What the relays say of themselves. A relay's label is its host name as configured. */
@Injectable()
export class RelayMetrics {
  readonly #transactions: Histogram<'relay' | 'result'>;

  constructor(metrics: Metrics, @Inject(EMAIL_TRANSPORT) transport: EmailTransport) {
    this.#transactions = metrics.histogram(
      'ithn_smtp_transaction_seconds',
      'How long one mail took on a connection to a relay, from MAIL FROM to the last answer.',
      TRANSACTIONS,
      ['relay', 'result'],
    );
    const smtp = transport instanceof SmtpTransport ? transport : null;
    if (smtp) {
      smtp.onTransaction = (relay, result, milliseconds) =>
        this.#transactions.observe({ relay, result }, milliseconds / 1000);
    }
    metrics.read('relays', 0, () => smtp?.standings ?? [], [
      {
        name: 'ithn_relay_connections',
        help: 'Connections of this process to a relay: busy with a mail, idle, opening.',
        labels: ['relay', 'state'],
        samples: (relays: RelayStanding[]) =>
          relays.flatMap(({ name: relay, busy, idle, opening }) => [
            [{ relay, state: 'busy' }, busy] as const,
            [{ relay, state: 'idle' }, idle] as const,
            [{ relay, state: 'opening' }, opening] as const,
          ]),
      },
      {
        name: 'ithn_relay_connections_max',
        help: 'Most connections this process opens to a relay.',
        labels: ['relay'],
        samples: (relays: RelayStanding[]) =>
          relays.map(({ name: relay, capacity }) => [{ relay }, capacity] as const),
      },
      {
        name: 'ithn_relay_waiting',
        help: 'Mails in this process that wait for a connection to a relay.',
        labels: ['relay'],
        samples: (relays: RelayStanding[]) =>
          relays.map(({ name: relay, waiting }) => [{ relay }, waiting] as const),
      },
      {
        name: 'ithn_relay_pause_seconds',
        help: 'How much longer a relay that failed is left alone; 0 when it may be asked.',
        labels: ['relay'],
        samples: (relays: RelayStanding[]) =>
          relays.map(({ name: relay, pauseMs }) => [{ relay }, pauseMs / 1000] as const),
      },
    ]);
  }
}
