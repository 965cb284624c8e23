import { Inject, Injectable } from '@nestjs/common';
import { type Channel, Clock, LOGGER, type Logger } from '#common';
import { cellSchemas } from './law-cells.js';
import { type LawDuties, strictest } from './law-duties.js';
import { type CellName, type LawCells, STRICT } from './law-pack.js';
import { lawPacks } from './law-packs/index.js';
import { type AppliedOverride, inForce, overridden } from './law-rules.js';
import { LawRepository } from './law.repository.js';
import { type SenderRequirement, senderRequirements } from './sender-requirements.js';

/** How long overrides that another process wrote may be overlooked here; the gate's table knows them at once. */
const OVERRIDES_AGE_MS = 60_000;

/** What the packs and the operator's overrides say now, from memory: messages ask for it by the thousand. */
@Injectable()
export class LawInForce {
  #overrides: AppliedOverride[] | null = null;
  #readAt = 0;
  #generation = 0;

  constructor(
    private readonly repository: LawRepository,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /**
   * What the laws of these countries ask for together; a country without a pack counts as the strict default, and so
   * does nobody's country at all.
   */
  async duties(countries: readonly (string | null)[]): Promise<LawDuties> {
    return new LawsNow(await this.#laws()).duties(countries);
  }

  /** All of them as they stand this moment, for whoever asks about one person after another. */
  async now(): Promise<LawsNow> {
    return new LawsNow(await this.#laws());
  }

  /** What a sender must say of itself before anything may be sent in its name: what any pack in force asks for. */
  async senderRequirements(channel: Channel = 'email'): Promise<readonly SenderRequirement[]> {
    return senderRequirements(
      (await this.#laws()).map(({ cells }) => cells),
      channel,
    );
  }

  /** After an override was committed. */
  forget(): void {
    this.#generation += 1;
    this.#overrides = null;
  }

  async #laws(): Promise<{ code: string; cells: LawCells }[]> {
    const now = this.clock.now();
    const overrides = await this.#current(now.getTime());
    return inForce(lawPacks, now).map(pack => ({
      code: pack.code,
      cells: overridden(pack, overrides).cells,
    }));
  }

  async #current(now: number): Promise<AppliedOverride[]> {
    if (this.#overrides && Math.abs(now - this.#readAt) < OVERRIDES_AGE_MS) return this.#overrides;
    const generation = this.#generation;
    const read = usable(await this.repository.overrides(), this.logger);
    // Read before somebody's commit and finished after it: good for this answer, too old to keep.
    if (generation === this.#generation) {
      this.#overrides = read;
      this.#readAt = now;
    }
    return read;
  }
}

/** The laws as they stood at one moment. */
export class LawsNow {
  readonly #duties = new Map<string, LawDuties>();

  constructor(private readonly laws: readonly { code: string; cells: LawCells }[]) {}

  /** As `LawInForce.duties`. */
  duties(countries: readonly (string | null)[]): LawDuties {
    const known = countries.filter(country => country !== null);
    const meant = [...new Set(known.length === 0 ? [STRICT] : known.map(packOf))].sort();
    const key = meant.join();
    let duties = this.#duties.get(key);
    if (!duties) {
      duties = strictest(this.laws.filter(({ code }) => meant.includes(code)).map(({ cells }) => cells));
      this.#duties.set(key, duties);
    }
    return duties;
  }

  /** What one country's own law says, of what is a matter of its networks alone; null: of a country nobody knows. */
  of(country: string | null): LawCells {
    const code = country === null ? STRICT : packOf(country);
    const law = this.laws.find(one => one.code === code);
    if (!law) throw new Error(`There is no law pack "${code}".`);
    return law.cells;
  }
}

/** Which pack names a country. */
export function packOf(country: string): string {
  return lawPacks.find(pack => pack.countries.includes(country))?.code ?? STRICT;
}

/**
 * Overrides that this version of the product understands. One from another version must not stop the boot, nor pass in
 * silence.
 */
export function usable(overrides: AppliedOverride[], logger: Logger): AppliedOverride[] {
  return overrides.filter(({ id, pack, cell, value }) => {
    const isKnown = lawPacks.some(({ code }) => code === pack) && Object.hasOwn(cellSchemas, cell);
    const isGood = isKnown && cellSchemas[cell as CellName].safeParse(value).success;
    if (!isGood) logger.error({ override: id, pack, cell }, 'a law override is not understood and left out');
    return isGood;
  });
}
