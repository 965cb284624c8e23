import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CORE_SCHEMA, load, mergeTag } from 'js-yaml';
import { configSchema, loadConfig } from '#config';

interface Service {
  image?: string;
  build?: string;
  command?: string[];
  environment?: Record<string, string | null>;
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test: string[] };
  volumes?: string[];
  ports?: string[];
  profiles?: string[];
  stop_grace_period?: string;
  read_only?: boolean;
}
interface Compose {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
}

const root = join(import.meta.dirname, '..', '..');
const read = (name: string): string => readFileSync(join(root, name), 'utf8');

/** What only the standalone program reads, or the image sets itself. */
const notForCompose = ['ITHN_DATA_DIR', 'INBOX_SMTP_PORT', 'INBOX_SMS_PORT', 'HOST', 'PORT'];

describe('docker-compose.yml, the production shape', () => {
  const compose = load(read('docker-compose.yml'), { schema: CORE_SCHEMA.withTags(mergeTag) }) as Compose;
  const service = (name: string): Service => compose.services[name] as Service;

  it('has the database, the queue, the API, the workers and a mailbox for a start', () => {
    const always = Object.entries(compose.services).filter(([, { profiles }]) => !profiles);
    expect(always.map(([name]) => name).sort()).toEqual(['api', 'mailpit', 'postgres', 'valkey', 'worker']);
  });

  it('has Prometheus and Grafana for who asks for them, with files that are there and on this machine alone', () => {
    for (const name of ['prometheus', 'grafana']) {
      expect(service(name).profiles).toEqual(['metrics']);
      for (const port of service(name).ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/);
      for (const volume of service(name).volumes ?? [])
        expect(existsSync(join(root, volume.split(':')[0] as string))).toBe(true);
    }
  });

  it('asks the worker whether it is ready, on the port it is given', () => {
    expect(service('worker').healthcheck?.test.join(' ')).toContain('/health/ready');
    expect(service('worker').environment?.['WORKER_PORT']).toBe('${WORKER_PORT:-3001}');
  });

  it.each(['api', 'worker'])('gives the %s every variable of the configuration, and no other', name => {
    const expected = Object.keys(configSchema.shape).filter(variable => !notForCompose.includes(variable));
    expect(Object.keys(service(name).environment ?? {}).sort()).toEqual(expected.sort());
  });

  it('is a configuration that can be used once the secret is set, and says so while it is not', () => {
    const environment = service('api').environment ?? {};
    expect(environment['ITHN_SECRET']).toMatch(/^\$\{ITHN_SECRET:\?.*openssl rand -hex 32.*\}$/);
    const config = loadConfig(filled(environment, { ITHN_SECRET: 's'.repeat(64) }));
    expect(config).toMatchObject({ smtpUrls: ['smtp://mailpit:1025'], publicUrl: 'http://localhost:3000' });
    expect(config.DATABASE_URL).toBe(
      `postgres://ithn:ithn@postgres:5432/${service('postgres').environment?.['POSTGRES_DB']}`,
    );
    expect(() => loadConfig(filled(environment, {}))).toThrow('ITHN_SECRET: is missing.');
  });

  it('reaches every server by the name and port it has here', () => {
    const { DATABASE_URL, REDIS_URL, SMTP_URL } = filled(service('worker').environment ?? {}, {});
    for (const url of [DATABASE_URL, REDIS_URL, SMTP_URL]) {
      expect(Object.keys(compose.services)).toContain(new URL(url ?? '').hostname);
    }
  });

  it.each(['api', 'worker'])('starts the %s when database and queue are healthy', name => {
    const needed = service(name).depends_on ?? {};
    expect(Object.keys(needed).sort()).toEqual(['postgres', 'valkey']);
    for (const [server, { condition }] of Object.entries(needed)) {
      expect(condition).toBe('service_healthy');
      expect(service(server).healthcheck?.test.length).toBeGreaterThan(1);
    }
  });

  it('asks the API whether it is ready', () => {
    expect(service('api').healthcheck?.test.join(' ')).toContain('http://127.0.0.1:3000/health/ready');
  });

  it('has a queue that refuses rather than forgets, and survives a restart', () => {
    expect(service('valkey').command?.join(' ')).toContain('--maxmemory-policy noeviction --appendonly yes');
  });

  it('keeps the data of database and queue in volumes', () => {
    expect(service('postgres').volumes).toEqual(['postgres:/var/lib/postgresql']);
    expect(service('valkey').volumes).toEqual(['valkey:/data']);
    expect(Object.keys(compose.volumes).sort()).toEqual(['postgres', 'valkey']);
  });

  it('gives workers time to settle what they have in hand', () => {
    expect(service('worker').stop_grace_period).toBe('60s');
  });

  it.each([
    ['the API', () => /CMD \[.*"(dist\/\S+\.js)"\]/.exec(read('Dockerfile'))?.[1]],
    ['the worker', () => service('worker').command?.at(-1)],
    ['the maker of keys', () => /exec api node (dist\/\S+\.js)/.exec(read('docker-compose.yml'))?.[1]],
  ])('starts a file for %s that the build makes', (_, file) => {
    const source = file()
      ?.replace(/^dist\//, '')
      .replace(/\.js$/, '.ts');
    expect(existsSync(join(root, source ?? ''))).toBe(true);
  });
});

describe('the image', () => {
  const dockerfile = read('Dockerfile');

  it('is built from files that .dockerignore lets through', () => {
    const allowed = read('.dockerignore')
      .split('\n')
      .filter(line => line.startsWith('!'))
      .map(line => line.slice(1));
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(match =>
      (match[1] ?? '').split(' '),
    );
    expect(copied.length).toBeGreaterThan(5);
    for (const file of copied) {
      expect(allowed).toContain(file);
      expect(existsSync(join(root, file))).toBe(true);
    }
  });

  it('does not run as root', () => {
    expect(dockerfile).toMatch(/^USER node$/m);
  });
});

/** What Compose makes of the values: those without one are left out, `${NAME:-default}` is filled in. */
function filled(
  environment: Record<string, string | null>,
  shell: Record<string, string>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) => {
      if (value === null) return name in shell ? [[name, shell[name] as string]] : [];
      const text = value.replaceAll(
        /\$\{(\w+)(?::[-?]([^}]*))?\}/g,
        (whole, variable: string, rest = '') => shell[variable] ?? (whole.includes(':?') ? '' : String(rest)),
      );
      return [[name, text]];
    }),
  );
}
