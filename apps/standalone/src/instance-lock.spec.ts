import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lockInstance } from './instance-lock.js';

describe('the lock of a data folder', () => {
  let folder: string;
  let file: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ithn-lock-'));
    file = join(folder, 'ithn.pid');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('names the process and goes with it', () => {
    const release = lockInstance(folder);
    expect(readFileSync(file, 'utf8')).toMatch(new RegExp(`^${process.pid} `));
    release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('refuses while the process that holds it lives', () => {
    writeFileSync(file, `${process.ppid} ${startOfParent()}`);
    expect(() => lockInstance(folder)).toThrow(
      `Ithn already runs on ${folder} (process ${process.ppid}). Stop it first, or set ITHN_DATA_DIR`,
    );
    expect(readdirSync(folder)).toEqual(['ithn.pid']);
  });

  it.each([
    ['of a process that is gone', () => `${spawnSync('true').pid} 1`],
    ['whose number another program has now', () => `${process.ppid} 1`],
    ['that is empty', () => ''],
    ['that makes no sense', () => 'what'],
  ])('takes over a lock %s', (_, content) => {
    writeFileSync(file, content());
    const release = lockInstance(folder);
    expect(readFileSync(file, 'utf8')).toMatch(new RegExp(`^${process.pid} `));
    release();
    expect(existsSync(file)).toBe(false);
  });

  it('leaves a lock alone that is no longer its own', () => {
    const release = lockInstance(folder);
    writeFileSync(file, '1 1');
    release();
    expect(readFileSync(file, 'utf8')).toBe('1 1');
  });
});

/** Read as the lock itself reads it: through a lock taken by this process. */
function startOfParent(): string {
  const stat = process.platform === 'linux' ? readFileSync(`/proc/${process.ppid}/stat`, 'utf8') : '';
  if (stat !== '') return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  const said = spawnSync('ps', ['-o', 'lstart=', '-p', String(process.ppid)], { env: { LC_ALL: 'C' } });
  return said.stdout.toString().trim().replaceAll(/\s+/g, '_');
}
