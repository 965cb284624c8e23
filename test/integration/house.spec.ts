import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { projectRoot } from '#common';

/** The check of the house's order, run on small houses of a few files: what is broken must be found. */
describe('the order of libs', () => {
  const root = projectRoot();
  let house: string;

  beforeEach(() => {
    house = mkdtempSync(join(tmpdir(), 'ithn-house-'));
    for (const file of ['.dependency-cruiser.cjs', 'package.json', 'tsconfig.json'])
      cpSync(join(root, file), join(house, file));
    symlinkSync(join(root, 'node_modules'), join(house, 'node_modules'));
    write('libs/common/src/index.ts', 'export const common = 1;');
    write('libs/contacts/src/index.ts', `import { common } from '#common';\nexport const contacts = common;`);
    write('libs/contacts/src/inside.ts', 'export const inside = 1;');
    write(
      'libs/consent/src/index.ts',
      `import { contacts } from '#contacts';\nexport const consent = contacts;`,
    );
    write('apps/api/src/main.ts', `import { consent } from '#consent';\nexport const api = consent;`);
  });
  afterEach(() => rmSync(house, { recursive: true, force: true }));

  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(house, path)), { recursive: true });
    writeFileSync(join(house, path), text);
  };
  const check = (): { status: number | null; output: string } => {
    const bin = join(root, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruise.mjs');
    const run = spawnSync(process.execPath, [bin, 'libs', 'apps'], { cwd: house, encoding: 'utf8' });
    return { status: run.status, output: run.stdout + run.stderr };
  };

  it('lets a house in order pass', () => {
    expect(check()).toMatchObject({ status: 0 });
  });

  it.each([
    ['a lib imports one below it', 'libs/common/src/up.ts', `import '#consent';`, 'common-imports-only'],
    [
      'a lib reaches around the door of another',
      'libs/consent/src/sly.ts',
      `import '../../contacts/src/inside.js';`,
      'one-door',
    ],
    [
      'an app reaches around a door',
      'apps/api/src/sly.ts',
      `import '../../../libs/contacts/src/inside.js';`,
      'one-door',
    ],
    [
      'a lib imports an app',
      'libs/consent/src/up.ts',
      `import '../../../apps/api/src/main.js';`,
      'libs-never-import-apps',
    ],
    ['two files import each other', 'libs/contacts/src/inside.ts', `import './other.js';`, 'no-circles'],
    ['a lib has no place in the order', 'libs/extra/src/index.ts', `import '#common';`, 'place-in-the-order'],
    [
      'a service speaks to TypeORM',
      'libs/contacts/src/contacts.service.ts',
      `import 'typeorm';`,
      'only-data-rooms',
    ],
  ])('fails when %s', (_, path, text, rule) => {
    write('libs/contacts/src/other.ts', `import './inside.js';`);
    write(path, text);
    const { status, output } = check();
    expect(output).toContain(rule);
    expect(status).not.toBe(0);
  });

  it('names every lib there is', () => {
    const order = orderOf();
    expect(readdirSync(join(root, 'libs')).filter(lib => !order.includes(lib))).toEqual([]);
  });

  function orderOf(): string[] {
    const script = `console.log(JSON.stringify(require('./.dependency-cruiser.cjs').forbidden.map(r => r.name)))`;
    const { stdout } = spawnSync(process.execPath, ['-e', script], { cwd: house, encoding: 'utf8' });
    return (JSON.parse(stdout) as string[])
      .filter(name => name.endsWith('-imports-only-what-stands-above-it'))
      .map(name => name.replace('-imports-only-what-stands-above-it', ''));
  }
});
