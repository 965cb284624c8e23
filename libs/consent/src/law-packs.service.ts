import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { AuditTrail } from '#access';
import { Clock, DomainError, formatId, LOGGER, type Logger, notFound, type Page } from '#common';
import { Database, type PageRequest, toPage } from '#database';
import { countryZones } from './country-zones.js';
import { parseCellName, parseCellValue } from './law-cells.js';
import { LawInForce, usable } from './law-in-force.js';
import { type LawOverride } from './law-override.js';
import { type CellName, type LawCells, type LawPack } from './law-pack.js';
import { LawRepository } from './law.repository.js';
import { lawPacks } from './law-packs/index.js';
import { inForce, lawRules, lawSpans, overridden } from './law-rules.js';
import { phoneZones } from './phone-zones.js';
import { TrackingRepository } from './tracking.repository.js';
import { trackingRules } from './tracking-rules.js';

/** A pack as it stands: its version in force, what is to come, and what an operator changed. */
export interface LawPackState {
  current: LawPack;
  /** The current version's cells with the overrides in them. */
  cells: LawCells;
  /** Under which name it is recorded with messages, e.g. `GB@2*7`. */
  label: string;
  overrides: LawOverride[];
  /** Every version, oldest first. */
  versions: LawPack[];
}

/** What the law asks for: the packs, an operator's overrides, and the tables that the gate reads. */
@Injectable()
export class LawPacksService implements OnModuleInit {
  constructor(
    private readonly db: Database,
    private readonly repository: LawRepository,
    private readonly tracking: TrackingRepository,
    private readonly laws: LawInForce,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Before anything is asked of the gate: without rules it lets nobody through. */
  async onModuleInit(): Promise<void> {
    await this.db.transaction(async () => {
      await this.repository.lockRules();
      await this.repository.replaceZones(countryZones(), phoneZones());
      await this.#writeRules();
    });
  }

  /** Every pack, in the order of the files; the strict default is the last. */
  async list(): Promise<LawPackState[]> {
    const overrides = await this.repository.activeOverrides();
    return inForce(lawPacks, this.clock.now()).map(current => {
      const own = overrides.filter(({ pack }) => pack === current.code);
      const versions = lawPacks.filter(({ code }) => code === current.code);
      return { current, ...overridden(current, own), overrides: own, versions };
    });
  }

  /** @throws DomainError LAW_PACK_NOT_FOUND */
  async get(code: string): Promise<LawPackState> {
    const state = (await this.list()).find(({ current }) => current.code === code);
    if (!state) throw notFound('law pack', code);
    return state;
  }

  /**
   * Puts an operator's value in the place of what a pack says, in all its versions, until it is removed or replaced. The
   * gate decides by it from the moment this returns.
   * @throws DomainError LAW_PACK_NOT_FOUND, LAW_CELL_NOT_FOUND, LAW_CELL_VALUE_INVALID, REASON_MISSING
   */
  async override(
    code: string,
    cell: string,
    value: unknown,
    reason: string,
    actor: string,
  ): Promise<LawOverride> {
    const name = this.#cellOf(code, cell);
    const wanted = parseCellValue(name, value);
    if (!reason.trim()) throw reasonMissing();
    const now = this.clock.now();
    return this.#change(async () => {
      await this.repository.removeOverride(code, name, actor, now);
      const made = await this.repository.insertOverride({
        ...{ pack: code, cell: name, value: wanted, reason: reason.trim(), actor, createdAt: now },
      });
      await this.audit.record(actor, 'law.overridden', formatId('lawOverride', made.id), {
        ...{ pack: code, cell: name, value: wanted },
      });
      return made;
    });
  }

  /**
   * The pack's own value holds again.
   * @throws DomainError LAW_PACK_NOT_FOUND, LAW_CELL_NOT_FOUND, LAW_OVERRIDE_NOT_FOUND
   */
  async removeOverride(code: string, cell: string, actor: string): Promise<LawOverride> {
    const name = this.#cellOf(code, cell);
    return this.#change(async () => {
      const removed = await this.repository.removeOverride(code, name, actor, this.clock.now());
      if (!removed) throw notFound('law override', `${code}/${cell}`);
      const subject = formatId('lawOverride', removed.id);
      await this.audit.record(actor, 'law.override_removed', subject, { pack: code, cell: name });
      return removed;
    });
  }

  /** Every override there ever was, oldest first. */
  async overrides(request: PageRequest, pack: string | null): Promise<Page<LawOverride>> {
    return toPage(await this.repository.listOverrides(request, pack), request.limit, override => override);
  }

  #cellOf(code: string, cell: string): CellName {
    if (!lawPacks.some(pack => pack.code === code)) throw notFound('law pack', code);
    return parseCellName(cell);
  }

  /** One change at a time, and the rules with it, in one commit: nothing is ever decided by half of it. */
  async #change<T>(work: () => Promise<T>): Promise<T> {
    const done = await this.db.transaction(async () => {
      await this.repository.lockRules();
      const result = await work();
      await this.#writeRules();
      return result;
    });
    this.laws.forget();
    return done;
  }

  async #writeRules(): Promise<void> {
    const spans = lawSpans(lawPacks, usable(await this.repository.overrides(), this.logger));
    await this.repository.replaceRules(lawRules(spans));
    await this.tracking.replaceRules(trackingRules(spans));
  }
}

function reasonMissing(): DomainError {
  return new DomainError({
    kind: 'unprocessable',
    code: 'REASON_MISSING',
    message: 'Changing what a law asks for needs a reason: whose advice, and when.',
  });
}
