import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '#common';

/** What stands in `templates/sequences`, read once when the process starts: key -> file name -> text. */
export type ReadyMadeFiles = ReadonlyMap<string, ReadonlyMap<string, string>>;

export function readReadyMadeFiles(folder = join(projectRoot(), 'templates', 'sequences')): ReadyMadeFiles {
  const keys = readdirSync(folder, { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .map(entry => entry.name)
    .sort();
  return new Map(
    keys.map(key => [
      key,
      new Map(
        readdirSync(join(folder, key)).map(file => [file, readFileSync(join(folder, key, file), 'utf8')]),
      ),
    ]),
  );
}
