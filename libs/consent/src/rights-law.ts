import { Inject, Injectable } from '@nestjs/common';
import { Clock, LOGGER, type Logger } from '#common';
import { usable } from './law-in-force.js';
import { STRICT } from './law-pack.js';
import { lawPacks } from './law-packs/index.js';
import { type AppliedOverride, inForce, overridden } from './law-rules.js';
import { LawRepository } from './law.repository.js';

/** What one country's law says of keeping proofs and of answering people; country `''` is the strict default. */
export interface RightsRule {
  country: string;
  /** The pack, as the gate names it: `GB@2`, or `GB@2*7` with override 7 in it. */
  law: string;
  proofMonths: number;
  responseDays: number;
}

/** Where somebody may be protected: their own countries as far as they are known, and the sender's. */
export interface RightsPlaces {
  own: readonly (string | null)[];
  senders: readonly (string | null)[];
}

/** The laws' words on people's rights, for sets of people: what one of them needs, SQL picks from all. */
@Injectable()
export class RightsLaw {
  constructor(
    private readonly repository: LawRepository,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Every country that a pack in force names, and the default. */
  async rules(): Promise<RightsRule[]> {
    return rightsRules(usable(await this.repository.overrides(), this.logger), this.clock.now());
  }

  /** The shortest time that any law which may apply gives us for an answer. */
  async shortestAnswer(places: RightsPlaces): Promise<RightsRule> {
    const applying = applicable(await this.rules(), places);
    return applying.reduce((a, b) => (b.responseDays < a.responseDays ? b : a));
  }
}

/** The packs that hold at a moment, with the overrides in them, a rule a country. */
export function rightsRules(overrides: readonly AppliedOverride[], at: Date): RightsRule[] {
  return inForce(lawPacks, at).flatMap(pack => {
    const { cells, label } = overridden(pack, overrides);
    const countries = pack.code === STRICT ? [''] : pack.countries;
    return countries.map(country => ({
      country,
      law: label,
      proofMonths: cells['retention.proofMonths'].value,
      responseDays: cells['rights.responseDays'].value,
    }));
  });
}

/** The rules for somebody, as the gate chooses its own: the default too where none of their countries is known. */
export function applicable(rules: readonly RightsRule[], { own, senders }: RightsPlaces): RightsRule[] {
  const strict = rules.find(({ country }) => country === '');
  const countries = new Set([...own, ...senders].filter(country => country !== null && country !== ''));
  const found = [...countries].map(country => rules.find(rule => rule.country === country) ?? strict);
  if (own.every(country => country === null || country === '')) found.push(strict);
  return [...new Set(found)].filter(rule => rule !== undefined);
}
