import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { projectRoot } from '#common';
import { configSchema } from './config.schema.js';

/** Writes docs/configuration.md from the schema; with `--check` it only compares. */
const file = join(projectRoot(), 'docs', 'configuration.md');
const json = z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' }) as unknown as {
  properties: Record<string, { description?: string; default?: unknown }>;
};
const rows = Object.entries(json.properties).map(
  ([name, { description = '', default: value }]) =>
    `| \`${name}\` | ${value === undefined ? '' : `\`${String(value)}\``} | ${description} |`,
);
const made = `# Configuration

Every environment variable, made from \`libs/config/src/config.schema.ts\` by \`npm run openapi\`. A wrong value stops the
start with a sentence that says how to mend it. An empty variable counts as unset.

| Variable | Default | Meaning |
|---|---|---|
${rows.join('\n')}
`;

if (process.argv.includes('--check')) {
  const same = made === readFileSync(file, 'utf8');
  process.stdout.write(
    same ? 'docs/configuration.md is up to date\n' : 'docs/configuration.md is stale: run npm run generate\n',
  );
  process.exit(same ? 0 : 1);
}
writeFileSync(file, made);
process.stdout.write('wrote docs/configuration.md\n');
