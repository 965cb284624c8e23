import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { PacingTime } from './pacing-time.js';
import { RelayLimits } from './relay-limits.js';
import { bucketKey, TokenBucketRepository } from './token-bucket.repository.js';
import { domainOf, warmUpToday } from './warm-up.js';
import { WarmUpRepository } from './warm-up.repository.js';

/** A mail that goes by itself and not with a chunk: a confirmation, a resend. */
export interface SingleMail {
  senderId: number;
  fromEmail: string | null;
  /** It counts for the warm-up and does not wait for it: somebody is waiting for this mail. */
  urgent: boolean;
  /** The relay that alone may take it; none: any of them. */
  relay?: string;
  /** It leaves by no relay: an SMS. */
  noRelay?: boolean;
  /** Of an SMS: what it comes from, where that has a rate. */
  source?: string;
  /** The campaign it is of, whose rate holds too. */
  dispatchId?: number;
}

export interface SingleTurn {
  /** 0: it may go now. Else nothing was taken, and it is worth asking again after so many milliseconds. */
  waitMs: number;
  /** Gives back what was taken, of a mail that did not go after all. */
  spare: () => Promise<void>;
}

/** Nobody knows when a token comes that others wait for too; asked once a second this one gets its share. */
const ASK_AGAIN_MS = 1000;

/**
 * The door to the limits for mails that go by themselves. It takes a token of each limit there is at once, of the same
 * buckets as campaigns do; who asks again within three seconds is kept a share. Lanes are not asked: what they learn, they
 * learn of campaigns.
 */
@Injectable()
export class SingleMailPacer {
  readonly #owner = `single-${randomUUID()}`;

  constructor(
    private readonly buckets: TokenBucketRepository,
    private readonly warmUps: WarmUpRepository,
    private readonly relays: RelayLimits,
    private readonly time: PacingTime,
  ) {}

  async takeOne(mail: SingleMail): Promise<SingleTurn> {
    await this.relays.tell();
    const { senderId, dispatchId, source } = mail;
    const keys = [
      bucketKey({ scope: 'sender', senderId }),
      ...(dispatchId === undefined ? [] : [bucketKey({ scope: 'dispatch', dispatchId })]),
      ...(source === undefined ? [] : [bucketKey({ scope: 'source', source })]),
      ...(mail.noRelay === true ? [] : this.relays.keys(mail.relay)),
    ];
    const wishes = keys.map(key => ({ key, want: 1, back: 0 }));
    const answers = await this.buckets.exchange(this.#owner, wishes, this.time.now());
    const taken = answers.filter(({ granted }) => granted > 0).map(({ key }) => key);
    const back = async (): Promise<void> => {
      if (taken.length === 0) return;
      const gifts = taken.map(key => ({ key, want: 0, back: 1 }));
      await this.buckets.exchange(this.#owner, gifts, this.time.now());
    };
    const wait = async (milliseconds: number): Promise<SingleTurn> => {
      await back();
      return { waitMs: Math.max(1, Math.ceil(milliseconds)), spare: () => Promise.resolve() };
    };
    const empty = answers.filter(({ granted }) => granted === 0);
    if (empty.length > 0) return wait(Math.max(ASK_AGAIN_MS, ...empty.map(({ nextMs }) => nextMs)));
    const today = await this.#takeOfDay(domainOf(mail.fromEmail), mail.urgent);
    if (today.waitMs > 0) return wait(today.waitMs);
    return {
      waitMs: 0,
      spare: async () => {
        await back();
        await today.spare();
      },
    };
  }

  /** An SMS of several parts takes a token for each: what follows waits for those beyond the first. */
  async alsoTook(source: string, parts: number): Promise<void> {
    if (parts === 0) return;
    const debt = [{ key: bucketKey({ scope: 'source', source }), want: 0, back: -parts }];
    await this.buckets.exchange(this.#owner, debt, this.time.now());
  }

  async #takeOfDay(domain: string | null, urgent: boolean): Promise<SingleTurn> {
    const free = { waitMs: 0, spare: () => Promise.resolve() };
    if (domain === null) return free;
    const { now, warmUps } = await this.warmUps.read([domain], this.time.now());
    const today = warmUps[0] && warmUpToday(warmUps[0], now);
    if (!today) return free;
    const granted = await this.warmUps.take(domain, today, 1, urgent, this.time.now());
    // null: the day has just ended, or the warm-up was called off.
    if (granted === null) return { ...free, waitMs: 1 };
    if (granted === 0) return { ...free, waitMs: Math.max(1, today.endsAt.getTime() - now.getTime()) };
    return { waitMs: 0, spare: () => this.warmUps.giveBack(domain, today.day, 1) };
  }
}
