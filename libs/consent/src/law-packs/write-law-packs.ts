import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '#common';
import { cellNames, cellSchemas, changedCells } from '../law-cells.js';
import { type CellName, type LawPack, STRICT, weekdays, type WeeklyHours } from '../law-pack.js';
import { lawPacks } from './index.js';

/** Writes docs/law-packs.md from the packs; with `--check` it only compares. */
const file = join(projectRoot(), 'docs', 'law-packs.md');
const codes = [...new Set(lawPacks.map(({ code }) => code))];

const made = `# Law packs

What the law asks for, as data: made from \`libs/consent/src/law-packs/\` by \`npm run generate\`. **This is engineering
input, not legal advice.** Each cell says where it comes from and how sure we are: **H** is primary text or two agreeing
sources, **M** one good source, **L** a cautious default to confirm with counsel. An operator changes a cell with
\`PUT /v1/law-packs/{code}/overrides/{cell}\`, with a reason; the gate goes by it from that moment, in every version of
the pack, and records it with each message: \`GB@2*7\` is version 2 of the pack GB with override 7 in it.

- **Which laws apply** to a message: those of the person's postal country, of their phone's country, of where they were
  when they agreed, and of the sender's country. The strictest wins: a basis must suffice under all of them, hours are
  those that all of them allow, in every time zone the person may be in.
- **Who is of no known country, and every country without a pack,** gets the pack \`${STRICT}\`.
- **Basis** is what a permission rests on. Where a law asks for no consent at all, this product still asks for a record
  of why somebody is written to: no record means no.
- **Hours and days off** are the person's own, and hold back marketing alone. Of email they are empty in every pack: no
  law read limits the hours of email.
- **Time zones** are the person's own when they told it; else those of their phone and those of their address, and where
  they are several, hours must be right in all of them. The area code of a phone of the United States, Canada or Brazil
  narrows it to the zones of that area; a phone of any other country, or of no area, may be anywhere in its country.
- **Days off** are listed to the end of 2028, and of those that follow the moon none; add them by an override.
- **Versions** begin at 00:00 UTC of their day; the first one stands for the time before it as well.

## The cells

| Cell | What it may be |
|---|---|
${cellNames.map(name => `| \`${name}\` | ${escape(cellSchemas[name].description ?? '')} |`).join('\n')}

${codes.map(section).join('\n')}`;

function section(code: string): string {
  const versions = lawPacks.filter(pack => pack.code === code);
  const newest = versions.at(-1) as LawPack;
  const countries = code === STRICT ? 'Every country that no other pack names.' : newest.countries.join(', ');
  return `## ${code}: ${newest.name.en ?? code} (${newest.name.ar ?? code})

Countries: ${countries}

As of version ${newest.version}, in force from ${newest.effectiveFrom}:

| Cell | Value | Source | |
|---|---|---|---|
${cellNames.map(name => row(newest, name)).join('\n')}
${versions.slice(1).map(history).join('')}`;
}

function history(pack: LawPack): string {
  const before = lawPacks.find(({ code, version }) => code === pack.code && version === pack.version - 1);
  return `
Version ${pack.version} changed, on ${pack.effectiveFrom}:

| Cell | Before | From then on | Source |
|---|---|---|---|
${changedCells(pack, before)
  .map(name => changeRow(pack, before as LawPack, name))
  .join('\n')}
`;
}

function changeRow(pack: LawPack, before: LawPack, name: CellName): string {
  const [was, is] = [words(before, name), words(pack, name)];
  const { source, confidence } = pack.cells[name];
  return `| \`${name}\` | ${was === is ? 'the same' : was} | ${is} | ${escape(source)} (${confidence}) |`;
}

function row(pack: LawPack, name: CellName): string {
  const { source, confidence } = pack.cells[name];
  return `| \`${name}\` | ${words(pack, name)} | ${escape(source)} | ${confidence} |`;
}

/** A value as people read it. */
function words(pack: LawPack, name: CellName): string {
  const { value } = pack.cells[name];
  if (name === 'hours.email' || name === 'hours.sms') return hoursInWords(pack.cells[name].value);
  if (name === 'mark.smsSender') {
    const { prefix, suffix } = pack.cells[name].value;
    return (
      [prefix && `begins with \`${prefix}\``, suffix && `ends with \`${suffix}\``]
        .filter(Boolean)
        .join(', ') || 'none'
    );
  }
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join(', ');
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return value === '' ? 'none' : escape(String(value));
}

/** Days of the same hours together: `mon-fri 09:00-20:00, sun 12:00-20:00`. */
function hoursInWords(hours: WeeklyHours | null): string {
  if (hours === null) return 'any hour';
  const groups: { first: string; last: string; times: string }[] = [];
  for (const day of weekdays) {
    const times = (hours[day] ?? []).map(range => range.join('-')).join(' and ') || 'closed';
    const group = groups.at(-1);
    if (group?.times === times) group.last = day;
    else groups.push({ first: day, last: day, times });
  }
  return groups
    .map(({ first, last, times }) => `${first === last ? first : `${first}-${last}`} ${times}`)
    .join(', ');
}

function escape(text: string): string {
  return text.replaceAll('|', '\\|');
}

if (process.argv.includes('--check')) {
  const same = made === readFileSync(file, 'utf8');
  process.stdout.write(
    same ? 'docs/law-packs.md is up to date\n' : 'docs/law-packs.md is stale: run npm run generate\n',
  );
  process.exit(same ? 0 : 1);
}
writeFileSync(file, made);
process.stdout.write('wrote docs/law-packs.md\n');
