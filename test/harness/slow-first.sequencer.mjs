import { default as Sequencer } from '@jest/test-sequencer';

/**
 * The files that take longest, longest first: whatever begins last, the end of the run waits for it. Jest knows by itself
 * only what it has run before, and in a fresh clone goes by the size of the files.
 */
const SLOW = [
  'test/chaos/workers.spec.ts',
  'test/chaos/servers-and-wire.spec.ts',
  'test/integration/withdrawal-race.spec.ts',
  'test/integration/forecast.spec.ts',
  'test/e2e/preferences.spec.ts',
  'test/e2e/standalone.spec.ts',
  'test/integration/hostile.spec.ts',
  'test/integration/gate.spec.ts',
  'test/integration/pipeline.spec.ts',
  'test/integration/worker-process.spec.ts',
  'test/integration/pacing.spec.ts',
];

export default class SlowFirstSequencer extends Sequencer {
  async sort(tests) {
    const rank = ({ path }) => {
      const at = SLOW.findIndex(file => path.endsWith(`/${file}`));
      return at < 0 ? SLOW.length : at;
    };
    return (await super.sort(tests)).sort((a, b) => rank(a) - rank(b));
  }
}
