import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load, YAML11_SCHEMA } from 'js-yaml';
import { projectRoot } from '#common';
import { configSchema } from '#config';

interface Service {
  image?: string;
  build?: string;
  command?: string[];
  environment?: Record<string, string>;
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test: string[] };
  volumes?: string[];
  stop_grace_period?: string;
}

const file = load(readFileSync(join(projectRoot(), 'docker-compose.yml'), 'utf8'), {
  schema: YAML11_SCHEMA,
}) as {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
};
const { api, worker, postgres, valkey, mailpit } = file.services as Record<string, Service>;

describe('docker-compose.yml', () => {
  it('runs PostgreSQL, a queue, the API, workers and a mailbox', () => {
    expect(Object.keys(file.services).sort()).toEqual(['api', 'mailpit', 'postgres', 'valkey', 'worker']);
    expect(postgres?.image).toMatch(/^postgres:18/);
    expect(valkey?.image).toMatch(/^valkey\/valkey:/);
    expect(mailpit?.image).toMatch(/mailpit/);
    expect([api?.build, worker?.build]).toEqual(['.', '.']);
  });

  it('keeps a queue that refuses rather than forgets, and survives a restart', () => {
    expect(valkey?.command?.join(' ')).toContain('--maxmemory-policy noeviction');
    expect(valkey?.command?.join(' ')).toContain('--appendonly yes');
  });

  it('keeps what must be kept in volumes that are declared', () => {
    const used = [postgres, valkey]
      .flatMap(service => service?.volumes ?? [])
      .map(volume => volume.split(':')[0]);
    expect(used).toHaveLength(2);
    expect(used.filter(name => !(String(name) in file.volumes))).toEqual([]);
  });

  it('sets only variables that the configuration knows', () => {
    const known = Object.keys(configSchema.shape);
    for (const service of [api, worker]) {
      expect(Object.keys(service?.environment ?? {}).filter(name => !known.includes(name))).toEqual([]);
      expect(service?.environment).toMatchObject({
        DATABASE_URL: expect.any(String),
        REDIS_URL: expect.any(String),
      });
    }
  });

  it('starts API and workers when database and queue answer, and gives workers time to settle', () => {
    for (const service of [api, worker]) {
      expect(service?.depends_on).toMatchObject({
        postgres: { condition: 'service_healthy' },
        valkey: { condition: 'service_healthy' },
      });
    }
    expect(postgres?.healthcheck?.test.join(' ')).toContain('pg_isready');
    expect(valkey?.healthcheck?.test.join(' ')).toContain('ping');
    expect(api?.healthcheck?.test.join(' ')).toContain('/health/ready');
    expect(worker?.command?.at(-1)).toBe('dist/apps/worker/src/main.js');
    expect(worker?.stop_grace_period).toBe('60s');
  });
});
