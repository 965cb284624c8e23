import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database } from '#database';
import { countryZones } from './country-zones.js';
import { LawRepository } from './law.repository.js';
import { lawPacks } from './law-packs/index.js';
import { lawRules } from './law-rules.js';

/** What the law asks for: the packs, an operator's overrides, and the table that the gate reads. */
@Injectable()
export class LawPacksService implements OnModuleInit {
  constructor(
    private readonly db: Database,
    private readonly repository: LawRepository,
  ) {}

  /** Before anything is asked of the gate: without rules it lets nobody through. */
  async onModuleInit(): Promise<void> {
    await this.db.transaction(async () => {
      await this.repository.lockRules();
      await this.repository.replaceZones(countryZones());
      await this.#writeRules();
    });
  }

  async #writeRules(): Promise<void> {
    await this.repository.replaceRules(lawRules(lawPacks, await this.repository.overrides()));
  }
}
