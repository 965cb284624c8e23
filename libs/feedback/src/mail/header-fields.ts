/** One `Name: value` of a block of fields, unfolded; the name in lower case. */
export interface Field {
  name: string;
  value: string;
}

/** Longer names are text with a colon in it. */
const fieldLine = /^([A-Za-z][A-Za-z0-9_-]{0,60})[ \t]{0,20}:(.*)$/;

/**
 * Blocks of fields between blank lines, as reports are made of. A line that neither begins a field nor is folded is
 * taken for more of the last: servers break diagnostics in the middle.
 */
export function readFieldBlocks(text: string, mostLines = 5_000): Field[][] {
  const blocks: Field[][] = [];
  let block: Field[] = [];
  const close = (): void => {
    if (block.length > 0) blocks.push(block);
    block = [];
  };
  for (const line of text.split(/\r\n|\r|\n/, mostLines)) {
    if (line.trim() === '') {
      close();
      continue;
    }
    const match = /^[ \t]/.test(line) ? null : fieldLine.exec(line.slice(0, 10_000));
    const last = block.at(-1);
    if (match) block.push({ name: (match[1] ?? '').toLowerCase(), value: (match[2] ?? '').trim() });
    else if (last && last.value.length < 10_000)
      last.value = `${last.value} ${line.trim().slice(0, 2_000)}`.trim();
  }
  close();
  return blocks;
}

/** The value of the first field of that name. */
export function fieldOf(fields: readonly Field[], name: string): string | null {
  return fields.find(field => field.name === name)?.value ?? null;
}

/** `dns; mx.example` without its type. */
export function withoutType(value: string | null): string | null {
  if (value === null) return null;
  const bare = value.replace(/^\s{0,5}[A-Za-z0-9_-]{1,40}\s{0,5};/, '').trim();
  return bare === '' ? null : bare.slice(0, 1_000);
}

export function dateOf(value: string | null | undefined): Date | null {
  const date = new Date((value ?? '').slice(0, 100));
  return Number.isNaN(date.getTime()) ? null : date;
}
