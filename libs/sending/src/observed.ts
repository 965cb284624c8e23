import { Inject, Injectable } from '@nestjs/common';
import { type Channel, Clock, TokenSigner } from '#common';
import { CONFIG, type Config } from '#config';
import { SubscriptionLinks } from '#consent';
import { Database, PreparedStatements } from '#database';
import { type MessageSubject } from '#templates';
import { type OutgoingEmail } from '#transports';
import { type Allowed, AttemptRepository, type Step, type StepScope } from './attempt.repository.js';
import { type Lease } from './chunk.repository.js';
import { EmailComposer, type EmailJob } from './email-composer.js';
import { ReturnAddresses } from './return-address.js';
import { SendingMetrics } from './sending-metrics.js';
import { type Settlement } from './settlement.js';

/** The steps, watched from outside: what does the work stays free of figures. */
@Injectable()
export class ObservedAttempts extends AttemptRepository {
  readonly #channels = new WeakMap<Lease, Channel>();

  constructor(
    db: Database,
    prepared: PreparedStatements,
    private readonly metrics: SendingMetrics,
  ) {
    super(db, prepared);
  }

  override async step(
    lease: Lease,
    scope: StepScope,
    batch: number[],
    results: Settlement[],
    now: Date,
  ): Promise<Step> {
    this.#channels.set(lease, scope.channel);
    const began = performance.now();
    let outcome: 'done' | 'refused' | 'failed' = 'failed';
    try {
      const step = await super.step(lease, scope, batch, results, now);
      outcome = step.leased && step.running ? 'done' : 'refused';
      // Without the lease they are given to `settleLate`, and counted there.
      if (step.leased) this.metrics.settled(lease, scope.channel, results);
      if (outcome === 'done') this.metrics.withheld(lease, scope.channel, batch.length - step.allowed.length);
      return step;
    } finally {
      this.metrics.stepped((performance.now() - began) / 1000, outcome);
    }
  }

  override async settleLate(lease: Lease, results: Settlement[], now: Date): Promise<void> {
    await super.settleLate(lease, results, now);
    this.metrics.settled(lease, this.#channels.get(lease) ?? 'email', results);
  }
}

/** The composer, watched from outside. */
@Injectable()
export class ObservedComposer extends EmailComposer {
  constructor(
    @Inject(CONFIG) config: Config,
    signer: TokenSigner,
    links: SubscriptionLinks,
    returns: ReturnAddresses,
    clock: Clock,
    private readonly metrics: SendingMetrics,
  ) {
    super(config, signer, links, returns, clock);
  }

  override compose(job: EmailJob, person: Allowed, subject?: MessageSubject): OutgoingEmail {
    const began = performance.now();
    const email = super.compose(job, person, subject);
    this.metrics.rendered((performance.now() - began) / 1000);
    return email;
  }
}
