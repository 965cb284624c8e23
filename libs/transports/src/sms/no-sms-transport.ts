import { type Outcome } from '../transport.js';
import { type SmsTransport } from './sms-transport.js';

/** In the place of a provider where none is set up: nothing leaves, and nothing is lost. */
export class NoSmsTransport implements SmsTransport {
  readonly name = 'none';
  readonly capacity = 1;
  readonly limits = [];

  send(): Promise<Outcome> {
    const reply = 'No provider of SMS is set up (TWILIO_ACCOUNT_SID).';
    return Promise.resolve({
      ...{ state: 'deferred', relay: '', reply, code: null, enhanced: null, offered: false },
    });
  }

  keyLifetime(): null {
    return null;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
