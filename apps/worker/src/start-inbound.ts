import { type INestApplicationContext } from '@nestjs/common';
import { LOGGER, type Logger } from '#common';
import { CONFIG, type Config } from '#config';
import { InboundListener, InboundMailService } from '#feedback';

/** Takes the mail that comes back, where a port is configured for it; null: it takes none. */
export async function startInbound(app: INestApplicationContext): Promise<InboundListener | null> {
  const { FEEDBACK_DOMAIN: name, FEEDBACK_SMTP_PORT: port, HOST: host } = app.get<Config>(CONFIG);
  if (port === undefined || name === undefined) return null;
  const logger = app.get<Logger>(LOGGER);
  const listener = await InboundListener.start(app.get(InboundMailService, { strict: false }), logger, {
    ...{ host, port, name },
  });
  logger.info({ host, port: listener.port, domain: name }, 'mail that comes back is taken');
  return listener;
}
