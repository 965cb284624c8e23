import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { projectRoot } from '#common';
import { Metrics } from '#metrics';
import { testSystem, type TestSystem } from '../factories/system.js';

const read = (path: string): string => readFileSync(join(projectRoot(), path), 'utf8');

interface Panel {
  id: number;
  type: string;
  title: string;
  description?: string;
  gridPos: { x: number; y: number; w: number; h: number };
  targets?: { expr: string; refId: string; datasource: { uid: string } }[];
}
interface Rule {
  alert: string;
  expr: string;
  annotations: { summary: string; description: string };
}

/** Words of PromQL that are no metric. */
const PROMQL =
  /^(?:kind|code|class|group_left|sum|max|min|rate|increase|by|on|and|or|le|offset|topk|histogram_quantile|clamp_min|job|up|state|outcome|relay|lane|queue|route|status|reading|instance|accepted|rejected|deferred|unknown)$/;

describe('the dashboard and the alerts', () => {
  let system: TestSystem;
  let known: Map<string, string>;
  const dashboard = JSON.parse(read('deploy/grafana/ithn.json')) as { title: string; panels: Panel[] };
  const { groups } = load(read('deploy/prometheus/alerts.yml')) as {
    groups: { name: string; rules: Rule[] }[];
  };
  const rules = groups.flatMap(group => group.rules);

  beforeAll(async () => {
    system = await testSystem('postgres', { startWorker: false });
    const metrics = system.app.get(Metrics);
    await metrics.render();
    known = new Map();
    for (const { name, help } of metrics.list()) {
      known.set(name, help);
      for (const part of ['_bucket', '_count', '_sum']) known.set(name + part, help);
    }
  });
  afterAll(() => system.close());

  /** Names in an expression that could be metrics: what stands outside of labels, strings and durations. */
  const namesIn = (expr: string): string[] =>
    [...expr.replaceAll(/\{[^}]*\}|\[[^\]]*\]|"[^"]*"|\b\d+m\b/g, ' ').matchAll(/[a-z_][a-z0-9_]*/gi)]
      .map(([name]) => name)
      .filter(name => !PROMQL.test(name));

  it.each([
    [
      'every panel',
      () => dashboard.panels.flatMap(panel => (panel.targets ?? []).map(target => target.expr)),
    ],
    ['every alert', () => rules.map(rule => rule.expr)],
  ])('ask, in %s, for metrics that there are', (_, expressions) => {
    const unknown = expressions().flatMap(expr => namesIn(expr).filter(name => !known.has(name)));
    expect(unknown).toEqual([]);
  });

  it('tell of every metric of ours in one panel at least', () => {
    const asked = new Set(
      dashboard.panels
        .flatMap(panel => panel.targets ?? [])
        .flatMap(target => namesIn(target.expr))
        .map(name => name.replace(/_(?:bucket|count|sum)$/, '')),
    );
    const ours = system.app
      .get(Metrics)
      .list()
      .map(({ name }) => name)
      .filter(name => name.startsWith('ithn_'));
    expect(ours.filter(name => !asked.has(name) && name !== 'ithn_chunks')).toEqual([]);
  });

  it('have every metric described where people read, and nothing else', () => {
    const text = read('docs/metrics.md');
    const described = [...text.matchAll(/^\| `(ithn_\w+)/gm)].map(match => match[1] as string).sort();
    const ours = system.app
      .get(Metrics)
      .list()
      .map(({ name }) => name)
      .filter(name => name.startsWith('ithn_'));
    expect(described).toEqual(ours.sort());
  });

  it('are a dashboard that Grafana takes: panels with numbers of their own that do not lie on each other', () => {
    expect(dashboard.title).toBe('Ithn');
    expect(new Set(dashboard.panels.map(panel => panel.id)).size).toBe(dashboard.panels.length);
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) => {
      expect(x + w).toBeLessThanOrEqual(24);
      return Array.from({ length: w * h }, (_, n) => `${x + (n % w)},${y + Math.floor(n / w)}`);
    });
    expect(new Set(cells).size).toBe(cells.length);
    for (const panel of dashboard.panels.filter(({ type }) => type !== 'row')) {
      expect(panel.description).toMatch(/\.$/);
      for (const target of panel.targets ?? []) expect(target.datasource.uid).toBe('${datasource}');
    }
  });

  it('say in each alert what is wrong and where to look', () => {
    expect(groups.map(group => group.name)).toEqual([
      'ithn-stuck',
      'ithn-unknown',
      'ithn-errors',
      'ithn-slow',
    ]);
    for (const { alert, annotations } of rules) {
      expect(alert).toMatch(/^Ithn[A-Z]/);
      expect(annotations.summary.length).toBeGreaterThan(10);
      expect(annotations.description).toMatch(/\.$|\?$/);
    }
  });
});
