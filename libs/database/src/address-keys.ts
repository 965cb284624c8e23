import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { AddressHasher, Clock, DomainError, LOGGER, type Logger } from '#common';
import { type KeyProblem, judgeKeys, keyProblems } from './address-key-state.js';
import { AddressRotationRepository } from './address-rotation.repository.js';
import { Database } from './database.js';
import { isDeadlock } from './postgres-errors.js';

const MOST_TRIES = 5;

/**
 * Sees to it that the fingerprints in the database and the keys of this process belong together: at the start, where a
 * wrong key stops the boot and a new one is put to use before anything is served; and while it runs, because another
 * process may add a key (docs/adr/0007-address-keys.md).
 */
@Injectable()
export class AddressKeys implements OnModuleInit {
  #wasCurrent = true;

  constructor(
    private readonly db: Database,
    private readonly rotation: AddressRotationRepository,
    private readonly hasher: AddressHasher,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async onModuleInit(): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.db.transaction(() => this.#bringUp());
      } catch (error) {
        // Somebody wrote the same tables in another order. Nothing of ours was done; they are through now.
        if (!isDeadlock(error) || tries === MOST_TRIES) throw error;
      }
    }
  }

  /** Whether no other process has added a key since this one started. Says so in the log when one has. */
  async isCurrent(): Promise<boolean> {
    const isCurrent = await this.rotation.isCurrent();
    if (!isCurrent && this.#wasCurrent) this.logger.fatal(outdatedAddressKey().message);
    this.#wasCurrent = isCurrent;
    return isCurrent;
  }

  /**
   * To be asked after a look-up by an address: one that found nothing means nothing when the key is outdated.
   * @throws DomainError ADDRESS_KEY_OUTDATED
   */
  async requireCurrent(): Promise<void> {
    if (!(await this.isCurrent())) throw outdatedAddressKey();
  }

  async #bringUp(): Promise<void> {
    await this.rotation.lock();
    const checks = this.hasher.checks();
    const recorded = await this.rotation.recorded();
    if (recorded.length === 0) recorded.push(await this.#recordFirst(checks[0] as Buffer));
    const verdict = judgeKeys(recorded, checks);
    if (verdict.kind === 'refused') throw refused(verdict.why);
    if ((await this.rotation.announced()) !== this.hasher.generations) {
      throw new Error(
        'Connect with the number of address keys, or every fingerprint is refused (`connect`).',
      );
    }
    if (verdict.kind === 'outdated') await this.#rotate(verdict.from, checks);
  }

  /** A database that is new, or older than the table of keys: its fingerprints are of the first key. */
  async #recordFirst(check: Buffer): Promise<{ generation: number; check: Buffer }> {
    const sample = await this.rotation.sample();
    const [first] = sample ? this.hasher.hashesOf('email', sample.email) : [];
    if (sample && !first?.equals(sample.hash)) throw refused('wrong');
    await this.rotation.record({ generation: 1, check }, this.clock.now());
    return { generation: 1, check };
  }

  async #rotate(from: number, checks: Buffer[]): Promise<void> {
    const started = performance.now();
    this.logger.info({ from, to: checks.length }, 'an address key was added; fingerprints are brought up');
    await this.rotation.holdWriters();
    const fingerprints = await this.rotation.replaceAll(hash => this.hasher.upgrade(hash, from));
    for (let at = from; at < checks.length; at++) {
      await this.rotation.record({ generation: at + 1, check: checks[at] as Buffer }, this.clock.now());
    }
    const seconds = Math.round((performance.now() - started) / 100) / 10;
    this.logger.info({ fingerprints, seconds }, 'fingerprints are of the newest address key');
  }
}

function refused(why: KeyProblem): DomainError {
  return new DomainError({ kind: 'unprocessable', code: 'ADDRESS_KEY_WRONG', message: keyProblems[why] });
}

/** What a process may say that lacks the newest key. */
export function outdatedAddressKey(cause?: unknown): DomainError {
  return new DomainError({
    kind: 'unavailable',
    code: 'ADDRESS_KEY_OUTDATED',
    message:
      'An address key was added by another process, and this one lacks it: it sends nothing and writes no address. ' +
      'Give it the same ITHN_ADDRESS_KEY as that one and start it again.',
    retryable: true,
    cause,
  });
}
