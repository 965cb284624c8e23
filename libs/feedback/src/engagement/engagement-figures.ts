import { type MachineReason } from './machine.js';

/**
 * What an open or a click is taken for. A click is a person's when nothing spoke against it for a while; of an open it is
 * never known.
 */
export const verdicts = ['human', 'unknown', 'machine'] as const;
export type Verdict = (typeof verdicts)[number];

export type ByVerdict = Record<Verdict, number>;

/** Events, and the people behind them: each person counts once, by the best that is known of any of theirs. */
export interface Figures {
  events: ByVerdict;
  people: ByVerdict;
}

export interface LinkFigures extends Figures {
  /** The template's number of it. */
  link: number;
  /** As it is written in the template, Liquid and all; null: it is not in the template as it is compiled today. */
  url: string | null;
}

/** What was measured of the messages of a dispatch. */
export interface EngagementReport {
  opens: Figures;
  clicks: Figures;
  links: LinkFigures[];
  /** How many events were flagged, by why. */
  machines: Partial<Record<MachineReason, number>>;
  /** The records of single events had served their time and were dropped: there are no figures any more. */
  dropped: boolean;
}

export const noFigures = (): Figures => ({
  events: { human: 0, unknown: 0, machine: 0 },
  people: { human: 0, unknown: 0, machine: 0 },
});
