import { Inject, Injectable } from '@nestjs/common';
import { AuditTrail } from '#access';
import { Clock, DomainError, formatId, LOGGER, type Logger, notFound, type Page } from '#common';
import { Database, type PageRequest, toPage } from '#database';
import { JobQueue } from '#queue';
import { closedBy } from '#transports';
import { OutgoingEvents } from '#webhooks';
import { COUNTRY_CLOSED } from '../settlement.js';
import { BudgetWaitsRepository } from './budget-waits.repository.js';
import { type RefusedSms, type SmsClosure } from './sms-closure.js';
import { SmsClosureRepository } from './sms-closure.repository.js';
import { sourceFor } from './sms-source.js';
import { SmsSourceRepository } from './sms-source.repository.js';

/** Who closes, as the audit trail names it. */
const CLOSER = 'sms-closures';

/**
 * Closes a country by itself where the provider refuses what we send there for a setting of ours, so that the next thousand
 * are not refused, too. Messages wait for whoever mends the setting and opens it again; nobody is lost to it.
 */
@Injectable()
export class SmsClosuresService {
  constructor(
    private readonly db: Database,
    private readonly repository: SmsClosureRepository,
    private readonly sources: SmsSourceRepository,
    private readonly waits: BudgetWaitsRepository,
    private readonly outgoing: OutgoingEvents,
    private readonly queue: JobQueue,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Closes what these refusals say is closed, each once. Other errors say nothing of it. */
  async refused(messages: readonly RefusedSms[]): Promise<void> {
    for (const { source, country, code, sentAt } of messages) {
      const by = closedBy(code);
      if (by) await this.#close({ source: by === 'account' ? null : source, country, code }, sentAt);
    }
  }

  /** The same of a message whose end was reported: it came from what its sender has for that country. */
  async reported(message: {
    senderId: number;
    contactId: number;
    code: number;
    sentAt: Date;
  }): Promise<void> {
    if (closedBy(message.code) === null) return;
    const country = await this.repository.phoneCountryOf(message.contactId);
    const source = sourceFor(await this.sources.ofSender(message.senderId), country);
    if (source) await this.refused([{ ...message, source: source.value, country }]);
  }

  /** Whether phones of that country get no SMS of this sender now. */
  async isClosed(senderId: number, country: string | null): Promise<boolean> {
    return (await this.repository.countriesOf(senderId)).includes(country);
  }

  async list(isOpen: boolean | null, request: PageRequest): Promise<Page<SmsClosure>> {
    return toPage(await this.repository.list(isOpen, request), request.limit, closure => closure);
  }

  /**
   * Opens a country again; what waits for it goes on. Is it refused once more, it closes once more.
   * @throws DomainError SMS_CLOSURE_NOT_FOUND, SMS_CLOSURE_IS_OPEN
   */
  async reopen(id: number, why: string, actor: string): Promise<SmsClosure> {
    const opened = await this.db.transaction(async () => {
      if (!(await this.repository.find(id))) throw notFound('SMS closure', formatId('smsClosure', id));
      const closure = await this.repository.reopen(id, why, actor, this.clock.now());
      if (!closure) throw isOpen(id);
      await this.audit.record(actor, 'sms.country-reopened', formatId('smsClosure', id), {
        ...{ country: closure.country, code: closure.code, why },
      });
      return closure;
    });
    for (const dispatchId of await this.waits.dispatchesOf(null)) {
      await this.waits.letGo(dispatchId, this.clock.now(), COUNTRY_CLOSED);
      await this.queue.wake('send-dispatch', { dispatchId });
    }
    return opened;
  }

  async #close(found: Pick<SmsClosure, 'source' | 'country' | 'code'>, sentAt: Date): Promise<void> {
    await this.db.transaction(async () => {
      const now = this.clock.now();
      const closure = await this.repository.close(found, sentAt, now);
      if (!closure) return;
      const { country, code } = closure;
      const closureId = formatId('smsClosure', closure.id);
      this.logger.warn(
        { closure: closureId, country, code },
        'the provider refuses SMS to a country: it is closed',
      );
      await this.audit.record(CLOSER, 'sms.country-closed', closureId, { country, code });
      const payload = { country, code, by: closure.source === null ? 'account' : 'source' };
      await this.outgoing.emit([
        { kind: 'sms.country_closed', contactId: null, subject: { closureId }, payload, occurredAt: now },
      ]);
    });
  }
}

function isOpen(id: number): DomainError {
  return new DomainError({
    kind: 'conflict',
    code: 'SMS_CLOSURE_IS_OPEN',
    message: `${formatId('smsClosure', id)} was opened again before.`,
  });
}
