import { type Fault, fault } from '../fault.js';
import { type SinkAnswer, type SinkStage } from '../../factories/recording-sink.js';

const dropAfterDot: Fault = fault({
  name: 'drop-after-dot',
  about:
    'the sink hangs up after the final dot of --share (0.01) of the mails, half of them taken; as many in the middle',
  options: { share: '0.01' },
  short: { people: '500', share: '0.05', workers: '1', delay: '0' },
  play: async trial => {
    const share = trial.number('share');
    const met = new Set<string>();
    let taken = 0;
    let notTaken = 0;
    let cuts = 0;
    trial.sink.answer = (recipient, stage) => {
      if (stage === 'recipient') return 'accept';
      if (stage === 'data') {
        // Once each: what was cut off is offered again, and may then go.
        if (met.has(recipient) || trial.random() >= share) return 'accept';
        met.add(recipient);
        cuts++;
        return 'cut';
      }
      if (trial.random() >= share) return 'accept';
      if ((taken + notTaken) % 2 === 0) {
        taken++;
        return 'keep and hang up';
      }
      notTaken++;
      return 'hang up';
    };
    trial.start(trial.number('workers'));
    const result = await trial.finish(Infinity, {}, {}, () => trial.hasten());
    const drops = taken + notTaken;
    const broken = result['broken'] as string[];
    // Where the mail was cut off its end may have been on the way already.
    const unknown = result['unknown'] as number;
    if (unknown < drops || unknown > drops + cuts)
      broken.push('what was dropped is unknown, and nothing else');
    if (drops === 0) broken.push('something was dropped');
    return { drops, drops_taken: taken, cut_before_dot: cuts, ...result, unknown_bound: drops + cuts };
  },
});

/** How a recipient is treated: taken at once, refused for good, refused a few times, or refused whenever it is tried. */
interface Treatment {
  stage: SinkStage;
  /** null: taken. */
  code: number | null;
  /** Refusals before it is taken. */
  times: number;
}

const STAGES: SinkStage[] = ['recipient', 'data', 'dot'];

const refuse: Fault = fault({
  name: 'refuse',
  about:
    'the sink answers --share (0.3) of the recipients with 4xx and 5xx, at each stage; retries come soon',
  options: { share: '0.3' },
  short: { people: '300', workers: '1', batch: '20', delay: '0' },
  play: async trial => {
    const share = trial.number('share');
    const treatments = new Map<string, Treatment>();
    const refusals: Record<string, number> = {};
    const treatmentOf = (recipient: string): Treatment => {
      const known = treatments.get(recipient);
      if (known) return known;
      const stage = STAGES[Math.floor(trial.random() * 3)] as SinkStage;
      const kind = trial.random() / share;
      const one: Treatment =
        kind >= 1
          ? { stage, code: null, times: 0 }
          : kind < 0.4
            ? { stage, code: 550, times: Infinity }
            : kind < 0.9
              ? { stage, code: trial.random() < 0.1 ? 421 : 451, times: 1 + Math.floor(trial.random() * 3) }
              : { stage, code: 451, times: Infinity };
      treatments.set(recipient, one);
      return one;
    };
    trial.sink.answer = (recipient, stage): SinkAnswer => {
      const treatment = treatmentOf(recipient);
      if (treatment.code === null || treatment.stage !== stage || treatment.times === 0) return 'accept';
      treatment.times--;
      const which = `${stage} ${treatment.code}`;
      refusals[which] = (refusals[which] ?? 0) + 1;
      const status = treatment.code === 550 ? '5.1.1 No' : '4.3.0 Later';
      return { code: treatment.code, text: status };
    };
    // So many refusals pause a campaign, as they should; here it has to go on.
    await trial.database.db.query(
      `INSERT INTO error_budget (sender_id, refusals, bounces, complaints, minimum_messages, window_minutes)
       SELECT id, 1, 1, 1, 10000, 60 FROM sender
       ON CONFLICT (sender_id) DO UPDATE SET refusals = 1, bounces = 1, complaints = 1`,
    );
    trial.start(trial.number('workers'));
    const result = await trial.finish(0, {}, {}, () => trial.hasten());
    // Whoever is refused always ends as rejected, and nobody else does.
    const refusedAlways = [...treatments]
      .filter(([, { times }]) => times === Infinity)
      .map(([recipient]) => recipient);
    const rejected = await trial.database.db.query<{ email: string; attempt: number; reason: string }>(
      `SELECT c.email, m.attempt, m.reason FROM message m JOIN contact c ON c.id = m.contact_id WHERE m.state = 'rejected'`,
    );
    const names = new Set(rejected.map(row => row.email));
    const wrong =
      refusedAlways.filter(recipient => !names.has(recipient)).length + names.size - refusedAlways.length;
    if (wrong !== 0)
      (result['broken'] as string[]).push('who is always refused is rejected, and nobody else');
    return {
      ...{ refusals, exhausted: rejected.filter(row => row.reason === 'RETRIES_EXHAUSTED').length },
      ...{ most_attempts: Math.max(0, ...rejected.map(row => row.attempt)), ...result },
    };
  },
});

export const wireFaults: Fault[] = [dropAfterDot, refuse];
