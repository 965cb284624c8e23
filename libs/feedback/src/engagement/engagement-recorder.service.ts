import { randomInt } from 'node:crypto';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Clock, LOGGER, type Logger } from '#common';
import { type Counter, Metrics } from '#metrics';
import { type MeasuredLink, type MessageKey } from '#sending';
import { agentOf } from './agent.js';
import { EngagementBuffer } from './engagement-buffer.js';
import { type Asking, type EngagementEvent } from './engagement-event.js';
import { EngagementRepository } from './engagement.repository.js';
import { judge, type MachineReason } from './machine.js';

/** About 10 MB of memory; half a minute of all the clicks one process can answer, much longer of any real traffic. */
const limits = { most: 50_000, batch: 1_000, waitMs: 250, rest: 3, retryMs: 500, longestRetryMs: 5_000 };
/** How long a stop waits for what is left to be written, in milliseconds. */
const DRAIN_MS = 5_000;

/**
 * Takes down opens and clicks. Whoever pressed a link is answered before anything is written: here nothing waits, and
 * nothing fails that they would notice. While PostgreSQL is away events are kept, up to a bound, and then dropped, which
 * the metrics tell.
 */
@Injectable()
export class EngagementRecorder implements OnApplicationShutdown {
  readonly #buffer: EngagementBuffer<EngagementEvent>;
  readonly #events: Counter<'kind' | 'outcome'>;
  /**
   * Ids of a process are a row of numbers that begins anywhere below 10^15: two of them never meet within one message.
   */
  #lastId = randomInt(2 ** 47) * 4;

  constructor(
    private readonly repository: EngagementRepository,
    private readonly clock: Clock,
    metrics: Metrics,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.#buffer = new EngagementBuffer(
      events => this.#write(events),
      limits,
      (err, failures) => {
        const told = { err, failures, kept: this.#buffer.size };
        if (failures === 1) this.logger.warn(told, 'opens and clicks could not be written; they are kept');
      },
    );
    this.#events = metrics.counter(
      'ithn_engagement_events_total',
      'Opens and clicks: recorded; withheld (the person may not be measured, or too many of one message); dropped (no room left).',
      ['kind', 'outcome'],
    );
    metrics.read('engagement', 0, () => this.#buffer.size, [
      {
        name: 'ithn_engagement_events_waiting',
        help: 'Opens and clicks that this process has heard of and not written yet.',
        samples: size => [[{}, size]],
      },
    ]);
  }

  /** Somebody, or something, followed a link. */
  clicked({ dispatchId, contactId, link, of }: MeasuredLink, asking: Asking): void {
    this.#add({ dispatchId, contactId, kind: 'click', link, linkCount: of, ...this.#told(asking, link) });
  }

  /** A picture was asked for. */
  opened({ dispatchId, contactId }: MessageKey, asking: Asking): void {
    this.#add({
      dispatchId,
      contactId,
      kind: 'open',
      link: null,
      linkCount: null,
      ...this.#told(asking, null),
    });
  }

  /** After the server has answered its last request. */
  async onApplicationShutdown(): Promise<void> {
    const lost = await this.#buffer.drain(DRAIN_MS);
    if (lost > 0) this.logger.error({ lost }, 'opens and clicks were lost: PostgreSQL did not take them');
  }

  #told(
    asking: Asking,
    link: number | null,
  ): Pick<EngagementEvent, 'id' | 'occurredAt' | 'agent' | 'machine'> {
    const { agent, machine } = agentOf(asking.userAgent);
    const reason = machine ?? (link === 0 ? 'HIDDEN_LINK' : reasonOf(asking));
    return { id: ++this.#lastId, occurredAt: this.clock.now(), agent, machine: reason };
  }

  #add(event: EngagementEvent): void {
    if (!this.#buffer.add(event)) this.#events.inc({ kind: event.kind, outcome: 'dropped' });
  }

  async #write(events: EngagementEvent[]): Promise<void> {
    const { messages, opens, clicks } = await this.repository.record(events, this.clock.now());
    await this.#judge(messages);
    this.#count(events, 'open', opens);
    this.#count(events, 'click', clicks);
  }

  /** All clicks of the messages that have new ones, together. Whoever judges last has seen all that was written. */
  async #judge(messages: readonly MessageKey[]): Promise<void> {
    if (messages.length === 0) return;
    const found = (await this.repository.clicksOf(messages)).flatMap(({ clicks, acceptedAt, ...key }) =>
      [...judge(clicks, acceptedAt)].map(([id, machine]) => ({ ...key, id, machine })),
    );
    if (found.length > 0) await this.repository.flag(found);
  }

  #count(events: readonly EngagementEvent[], kind: EngagementEvent['kind'], recorded: number): void {
    const heard = events.filter(event => event.kind === kind).length;
    if (recorded > 0) this.#events.inc({ kind, outcome: 'recorded' }, recorded);
    if (heard > recorded) this.#events.inc({ kind, outcome: 'withheld' }, heard - recorded);
  }
}

function reasonOf({ method, purpose }: Asking): MachineReason | null {
  if (method !== 'GET') return 'NOT_A_GET';
  return purpose !== undefined && /prefetch|prerender|preview/i.test(purpose.slice(0, 100))
    ? 'LOADED_AHEAD'
    : null;
}
