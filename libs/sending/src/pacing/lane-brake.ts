import { Inject, Injectable } from '@nestjs/common';
import { Clock, LOGGER, type Logger } from '#common';
import { storable } from '#database';
import { LanePaceRepository } from './lane-pace.repository.js';
import { nextSpeed } from './lane-speed.js';
import { PacingTime } from './pacing-time.js';
import { TokenBucketRepository } from './token-bucket.repository.js';

const REASON_LENGTH = 200;

/** Slows a lane for what came to be known later: a provider that took the mail and then sent it back as unwanted. */
@Injectable()
export class LaneBrake {
  constructor(
    private readonly paces: LanePaceRepository,
    private readonly buckets: TokenBucketRepository,
    private readonly time: PacingTime,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** @returns whether the lane goes slower; not when nobody sends there, or it was slowed a moment ago. */
  async press(senderId: number, lane: string, reason: string): Promise<boolean> {
    const now = this.time.now() ?? this.clock.now();
    const subject = { scope: 'lane' as const, senderId, lane };
    const [perSecond, bucket] = [await this.paces.of(senderId, lane, now), await this.buckets.find(subject)];
    const before = bucket?.slow ?? null;
    if (perSecond === 0 && before === null) return false;
    const heard = {
      attempts: 1,
      tooFast: 1,
      later: 0,
      perSecond,
      reason: storable(reason).slice(0, REASON_LENGTH),
    };
    const next = nextSpeed(before, heard, before ? null : (bucket?.rate ?? null), now.getTime());
    if (!next || !(await this.buckets.setLaneSpeed(subject, before, next, now))) return false;
    this.logger.warn(
      { sender: senderId, lane, to: next.rate, reason },
      'a lane slows down: mail came back blocked',
    );
    return true;
  }
}
