import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder that holds `templates/` and `package.json`, whether this runs from the sources or from `dist/`. */
export function projectRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'nest-cli.json')) && !existsSync(join(folder, 'templates', 'pages'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error('The project folder (the one with templates/) was not found.');
    folder = parent;
  }
  return folder;
}
