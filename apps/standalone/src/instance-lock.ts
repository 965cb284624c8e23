import { execFileSync } from 'node:child_process';
import { constants, copyFileSync, linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartError } from './start-error.js';

/**
 * Keeps two programs from using one data folder. A lock left by a killed process is recognised and taken over.
 * @returns what releases it
 * @throws StartError when another one runs.
 */
export function lockInstance(folder: string): () => void {
  const file = join(folder, 'ithn.pid');
  const mine = join(folder, `ithn.pid.${process.pid}`);
  const content = `${process.pid} ${startOf(process.pid)}`;
  for (;;) {
    try {
      writeFileSync(mine, content);
      putInPlace(mine, file);
      return () => {
        if (read(file) === content) rmSync(file, { force: true });
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const found = read(file);
      const [pid = '', start = ''] = found.split(' ');
      if (isRunning(Number(pid), start)) {
        throw new StartError(
          `Ithn already runs on ${folder} (process ${pid}). Stop it first, or set ITHN_DATA_DIR to another folder.`,
        );
      }
      removeStale(file, found);
    } finally {
      rmSync(mine, { force: true });
    }
  }
}

/** The lock appears whole, and never over another one (EEXIST). */
function putInPlace(from: string, file: string): void {
  try {
    linkSync(from, file);
  } catch (error) {
    // A file system without hard links.
    if (!/^(?:EPERM|ENOTSUP|EOPNOTSUPP|ENOSYS)$/.test(String((error as NodeJS.ErrnoException).code)))
      throw error;
    copyFileSync(from, file, constants.COPYFILE_EXCL);
  }
}

/** Moved aside first: if another start took the lock over in this very moment, it is that one's, and put back. */
function removeStale(file: string, content: string): void {
  const aside = `${file}.stale-${process.pid}`;
  try {
    renameSync(file, aside);
    if (read(aside) !== content) putInPlace(aside, file);
  } catch (error) {
    if (!/^(?:ENOENT|EEXIST)$/.test(String((error as NodeJS.ErrnoException).code))) throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

/** A number alone is not enough: after a restart of the machine it may be another program's. */
function isRunning(pid: number, start: string): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives, but belongs to someone else.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return startOf(pid) === start;
}

/** When a process began, in the system's own notation; empty where that cannot be known. */
function startOf(pid: number): string {
  try {
    if (process.platform === 'linux') {
      // Counted after the name, which may hold spaces and brackets itself: the state, and later the beginning.
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      // In a container a dead process may stay listed for ever, because nobody asks for its exit code.
      return fields[0] === 'Z' ? 'dead' : (fields[19] ?? '');
    }
    if (process.platform === 'win32') return '';
    const said = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      env: { LC_ALL: 'C' },
    });
    return said.trim().replaceAll(/\s+/g, '_');
  } catch {
    return '';
  }
}
