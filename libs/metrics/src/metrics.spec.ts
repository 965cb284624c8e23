import { Metrics } from './metrics.js';

describe('figures for Prometheus', () => {
  const gauge = (metrics: Metrics, everyMs: number, read: () => number | Promise<number>): void =>
    metrics.read('test', everyMs, read, [
      { name: 'ithn_test', help: 'A test.', samples: figure => [[{}, figure]] },
      {
        name: 'ithn_test_twice',
        help: 'A test.',
        labels: ['of'],
        samples: figure => [[{ of: 'two' }, 2 * figure]],
      },
    ]);

  it('are read once for several gauges and several lookers, and kept for a while', async () => {
    const metrics = new Metrics();
    let reads = 0;
    gauge(metrics, 60_000, async () => ++reads);
    const texts = await Promise.all([metrics.render(), metrics.render(), metrics.render()]);
    texts.push(await metrics.render());
    for (const text of texts) {
      expect(text).toContain('\nithn_test 1\n');
      expect(text).toContain('\nithn_test_twice{of="two"} 2\n');
    }
  });

  it('that cannot be read are left out and counted, and the others are shown', async () => {
    const metrics = new Metrics();
    metrics.counter('ithn_other_total', 'Another.').inc();
    gauge(metrics, 0, () => Promise.reject(new Error('away')));
    const text = await metrics.render();
    expect(text).not.toMatch(/^ithn_test[ {]/m);
    expect(text).toContain('ithn_other_total 1');
    expect(await metrics.render()).toMatch(/ithn_metrics_readings_failed_total\{reading="test"\} [12]/);
  });

  it('are gone when they could be read before and cannot be now', async () => {
    const metrics = new Metrics();
    let works = true;
    gauge(metrics, 0, () => {
      if (!works) throw new Error('away');
      return 7;
    });
    expect(await metrics.render()).toContain('\nithn_test 7\n');
    works = false;
    expect(await metrics.render()).not.toMatch(/^ithn_test[ {]/m);
  });

  it('tell of the process: memory, and how late the event loop is', async () => {
    const text = await new Metrics().render();
    expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds /m);
    expect(text).toMatch(/^process_resident_memory_bytes /m);
  });
});
