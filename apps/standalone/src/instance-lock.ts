import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Keeps two programs from using one data folder. A lock left by a killed process is recognised and taken over.
 * @throws Error with a sentence when another one runs.
 */
export function lockInstance(dataDir: string): () => void {
  const file = join(dataDir, 'ithn.pid');
  const other = readPid(file);
  if (other !== null && other !== process.pid && isAlive(other)) {
    throw new Error(
      `Ithn already runs on ${dataDir} (process ${other}). Stop it first, or set ITHN_DATA_DIR to another folder.`,
    );
  }
  writeFileSync(file, String(process.pid));
  return () => rmSync(file, { force: true });
}

function readPid(file: string): number | null {
  try {
    return Number(readFileSync(file, 'utf8')) || null;
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, but belongs to someone else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
