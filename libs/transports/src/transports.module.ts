import { Inject, Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { LOGGER, type Logger } from '#common';
import { CONFIG, type Config } from '#config';
import { type EmailTransport } from './email/email-transport.js';
import { createEmailTransport } from './email/create-email-transport.js';
import { EMAIL_TRANSPORT } from './email-transport.token.js';
import { RelayMetrics } from './relay-metrics.js';
import { SERVED_CHANNELS, type ServedChannels } from './served-channels.js';
import { createSmsTransport } from './sms/create-sms-transport.js';
import { type SmsTransport } from './sms/sms-transport.js';
import { SMS_TRANSPORT } from './sms-transport.token.js';

export { EMAIL_TRANSPORT, SMS_TRANSPORT };

@Injectable()
class TransportCloser implements OnApplicationShutdown {
  constructor(
    @Inject(EMAIL_TRANSPORT) private readonly email: EmailTransport,
    @Inject(SMS_TRANSPORT) private readonly sms: SmsTransport,
  ) {}

  /** The last phase of a stop: whoever sends has drained by then. */
  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.email.close(), this.sms.close()]);
  }
}

/**
 * Gives EMAIL_TRANSPORT: the configured relays, or the sandbox inbox when there is none; SMS_TRANSPORT; and SERVED_CHANNELS.
 */
@Module({
  providers: [
    {
      provide: EMAIL_TRANSPORT,
      inject: [CONFIG, LOGGER],
      useFactory: (config: Config, logger: Logger) => createEmailTransport(config, logger),
    },
    {
      provide: SMS_TRANSPORT,
      inject: [CONFIG, LOGGER],
      useFactory: (config: Config, logger: Logger) => createSmsTransport(config, logger),
    },
    {
      provide: SERVED_CHANNELS,
      inject: [CONFIG],
      useFactory: ({ twilio }: Config): ServedChannels => (twilio ? ['email', 'sms'] : ['email']),
    },
    RelayMetrics,
    TransportCloser,
  ],
  exports: [EMAIL_TRANSPORT, SMS_TRANSPORT, SERVED_CHANNELS],
})
export class TransportsModule {}
