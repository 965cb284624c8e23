import { Inject, Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { LOGGER, type Logger } from '#common';
import { CONFIG, type Config } from '#config';
import { type EmailTransport } from './email/email-transport.js';
import { createEmailTransport } from './email/create-email-transport.js';

/** Injection token of the way mail leaves (`EmailTransport`). */
export const EMAIL_TRANSPORT = Symbol('EMAIL_TRANSPORT');

@Injectable()
class TransportCloser implements OnApplicationShutdown {
  constructor(@Inject(EMAIL_TRANSPORT) private readonly email: EmailTransport) {}

  /** The last phase of a stop: whoever sends has drained by then. */
  async onApplicationShutdown(): Promise<void> {
    await this.email.close();
  }
}

/** Gives EMAIL_TRANSPORT: the configured relays, or the sandbox inbox when there is none. */
@Module({
  providers: [
    {
      provide: EMAIL_TRANSPORT,
      inject: [CONFIG, LOGGER],
      useFactory: (config: Config, logger: Logger) => createEmailTransport(config, logger),
    },
    TransportCloser,
  ],
  exports: [EMAIL_TRANSPORT],
})
export class TransportsModule {}
