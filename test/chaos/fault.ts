import { type NamedRun, type Say } from '../harness/named-runs.js';
import { commonOptions, Trial } from './trial.js';

/** Something that breaks while a campaign is being sent. */
export interface Fault extends NamedRun {
  /** What `npm test` chooses, so that it takes seconds. */
  short: Record<string, string>;
}

interface FaultPlan {
  name: string;
  about: string;
  options?: Record<string, string>;
  short: Record<string, string>;
  /** A PostgreSQL of its own, which may be crashed. */
  ownServer?: boolean;
  /** The campaign is prepared, not yet launched. @returns what `Trial.finish` does */
  play(trial: Trial): Promise<Record<string, unknown>>;
}

/** A fault that meets one campaign: opens the trial, adds the people, plays, and leaves nothing behind. */
export function fault({ name, about, options = {}, short, ownServer = false, play }: FaultPlan): Fault {
  return {
    name,
    about,
    options: { ...commonOptions, ...options },
    short,
    run: async (chosen: Record<string, string>, say: Say) => {
      const trial = await Trial.open(name, chosen, say, { ownServer });
      try {
        say(`${chosen['people']} people`);
        await trial.addPeople();
        await trial.launch();
        return await play(trial);
      } finally {
        await trial.close();
      }
    },
  };
}
