import { Injectable } from '@nestjs/common';
import { type Plan } from './plan.js';
import { SequenceRepository } from './sequence.repository.js';

const KEPT = 200;

/** Plans of versions that people are on: they cannot change, so each is read once. */
@Injectable()
export class SequencePlans {
  readonly #plans = new Map<number, Plan>();

  constructor(private readonly sequences: SequenceRepository) {}

  async of(versionId: number): Promise<Plan> {
    const known = this.#plans.get(versionId);
    if (known) return known;
    const version = await this.sequences.version(versionId);
    if (!version) throw new Error(`sequence version ${versionId} is gone while somebody is on it`);
    if (this.#plans.size >= KEPT) this.#plans.clear();
    if (version.usedAt !== null) this.#plans.set(versionId, version.plan);
    return version.plan;
  }
}
