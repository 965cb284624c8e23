import { Inject, Injectable } from '@nestjs/common';
import { Clock, DomainError } from '#common';
import { MessageSubjects } from '#templates';
import { EMAIL_TRANSPORT, type EmailTransport, SMS_TRANSPORT, type SmsTransport } from '#transports';
import { type Lease } from './chunk.repository.js';
import { type Dispatch } from './dispatch.js';
import { DispatchLoader } from './dispatch-loader.js';
import { EmailComposer } from './email-composer.js';
import { EmailOutlet, type Outlet } from './outlet.js';
import { RelayLimits } from './pacing/relay-limits.js';
import { bucketKey } from './pacing/token-bucket.repository.js';
import { SendingMetrics } from './sending-metrics.js';
import { SmsClosuresService } from './sms/sms-closures.service.js';
import { SmsComposer } from './sms/sms-composer.js';
import { SmsOutlet } from './sms/sms-outlet.js';
import { SmsPurses } from './sms/sms-purses.js';
import { SmsPeopleRepository } from './sms/sms-people.repository.js';
import { sourceFor, type SourceOfSender } from './sms/sms-source.js';

/** One chunk's dispatch, and how its messages leave. */
export interface ChunkJob {
  dispatch: Dispatch;
  outlet: Outlet;
}

/** Finds how a chunk's messages leave: its lane tells. */
@Injectable()
export class Outlets {
  constructor(
    private readonly loader: DispatchLoader,
    private readonly relays: RelayLimits,
    private readonly emailComposer: EmailComposer,
    private readonly smsComposer: SmsComposer,
    private readonly purses: SmsPurses,
    private readonly closures: SmsClosuresService,
    private readonly people: SmsPeopleRepository,
    private readonly subjects: MessageSubjects,
    private readonly metrics: SendingMetrics,
    private readonly clock: Clock,
    @Inject(EMAIL_TRANSPORT) private readonly email: EmailTransport,
    @Inject(SMS_TRANSPORT) private readonly sms: SmsTransport,
  ) {}

  /** @throws DomainError as `DispatchLoader.load` */
  async open({
    dispatchId,
    lane,
    contactIds,
  }: Pick<Lease, 'dispatchId' | 'lane' | 'contactIds'>): Promise<ChunkJob> {
    if (lane !== 'sms') {
      const job = await this.loader.load(dispatchId);
      const outlet = new EmailOutlet(this.email, this.relays.keys(), this.emailComposer, job, this.subjects);
      return { dispatch: job.dispatch, outlet };
    }
    if (this.sms.name === 'none') throw notSetUp();
    const job = await this.loader.loadSms(dispatchId);
    const outlet = new SmsOutlet(
      ...([this.sms, await this.#limitsOn(job.sources, contactIds)] as const),
      ...([this.smsComposer, job, await this.purses.of(job), this.subjects] as const),
      seconds => this.metrics.rendered(seconds),
      () => this.clock.now(),
      this.closures,
    );
    return { dispatch: job.dispatch, outlet };
  }

  /** Whoever may be reached from several sources pays a token to each, so that a chunk of one country is the quickest. */
  async #limitsOn(sources: readonly SourceOfSender[], contactIds: readonly number[]): Promise<string[]> {
    const countries = sources.length > 1 ? await this.people.countriesOf(contactIds) : [null];
    const met = countries.map(country => sourceFor(sources, country) ?? sources[0]);
    const limited = met.filter(source => source !== undefined && source.rate !== null);
    return [...new Set(limited.map(source => bucketKey({ scope: 'source', source: source?.value ?? '' })))];
  }
}

/** Of this process alone: another worker may have what this one lacks. */
function notSetUp(): DomainError {
  return new DomainError({
    kind: 'unavailable',
    code: 'SMS_NOT_SET_UP',
    message: 'This worker has no provider of SMS (TWILIO_ACCOUNT_SID): it leaves them to others.',
  });
}
