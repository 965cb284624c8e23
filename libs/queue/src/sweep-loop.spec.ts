import { createLogger } from '#common';
import { SweepLoop } from './sweep-loop.js';
import { type Durations } from './timed.js';

describe('a loop of sweeps', () => {
  it('tells the sweep under way that it is to stop, and waits for it', async () => {
    const steps: string[] = [];
    const loop = new SweepLoop(
      {
        job: 'apply-retention',
        handle: () => Promise.resolve(),
        sweep: async stop => {
          steps.push('began');
          await new Promise<void>(resolve => stop?.addEventListener('abort', () => resolve()));
          await Promise.resolve();
          steps.push('ended');
        },
      },
      1,
      createLogger('silent'),
      { observe: () => undefined } as unknown as Durations,
    );
    loop.start();
    await loop.stop();
    expect(steps).toEqual(['began', 'ended']);
  });
});
