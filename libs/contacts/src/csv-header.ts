import { restoreCell } from './csv-cell.js';
import { CsvReader, type CsvRow } from './csv-reader.js';
import { type Delimiter, delimiters } from './import-options.js';
import { importError, knownImportError } from './import.errors.js';

export const MOST_COLUMNS = 500;
const MOST_HEADER_BYTES = 64 * 1024;
const UTF8_BOM = Buffer.from([0xef, 0xbb, 0xbf]);
/** Enough bytes to tell what kind of file it is. */
const SAMPLE = 512;

export interface CsvHeader {
  columns: string[];
  delimiter: Delimiter;
  /** Where the rows begin. */
  end: number;
  nextLine: number;
}

/**
 * Reads the header off the first bytes of a file.
 * @param head the first megabyte, or the whole of a smaller file
 * @throws DomainError when the file is empty, not UTF-8, no CSV, or its header is unusable
 */
export async function readHeader(head: Buffer, wanted: Delimiter | undefined): Promise<CsvHeader> {
  refuseOtherKinds(head);
  const start = head.subarray(0, 3).equals(UTF8_BOM) ? 3 : 0;
  const text = head.subarray(start, start + MOST_HEADER_BYTES);
  const delimiter = wanted ?? detectDelimiter(text.toString('latin1'));
  const row = await firstRow(text, delimiter, start);
  if (row === null) {
    throw head.length > start + MOST_HEADER_BYTES ? tooWide() : knownImportError('IMPORT_EMPTY');
  }
  const columns = row.cells.map(cell => restoreCell(cell).trim());
  if (!row.isUtf8 || columns.some(column => column.includes('\u0000'))) {
    throw knownImportError('IMPORT_HEADER_INVALID');
  }
  if (columns.length > MOST_COLUMNS) throw tooWide();
  refuseDuplicates(columns);
  return { columns, delimiter, end: row.end, nextLine: row.line + row.lines };
}

/** The one of the three that the header uses most, outside quotes. A single column has none: a comma then. */
export function detectDelimiter(text: string): Delimiter {
  const counts = new Map<string, number>(delimiters.map(delimiter => [delimiter, 0]));
  let quoted = false;
  for (const char of text.trimStart()) {
    if (char === '"') quoted = !quoted;
    else if (!quoted && (char === '\n' || char === '\r')) break;
    else if (!quoted && counts.has(char)) counts.set(char, (counts.get(char) ?? 0) + 1);
  }
  return delimiters.reduce((best, next) => ((counts.get(next) ?? 0) > (counts.get(best) ?? 0) ? next : best));
}

async function firstRow(text: Buffer, delimiter: Delimiter, offset: number): Promise<CsvRow | null> {
  const reader = new CsvReader({ delimiter, offset, line: 1 });
  let [row] = await reader.write(text);
  // A header without a line end is whole only when the file ends there.
  if (!row && text.length < MOST_HEADER_BYTES) [row] = await reader.end();
  if (!row && reader.failure) throw importError(reader.failure.code, reader.failure.message);
  return row ?? null;
}

function refuseOtherKinds(head: Buffer): void {
  if (head.length === 0) throw knownImportError('IMPORT_EMPTY');
  const [first, second] = head;
  // ZIP (and so .xlsx), the older .xls, PDF, gzip.
  const magic = ['504b0304', 'd0cf11e0', '25504446', '1f8b'];
  if (magic.some(hex => head.subarray(0, hex.length / 2).toString('hex') === hex)) {
    throw knownImportError('IMPORT_NOT_CSV');
  }
  const hasUtf16Mark = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  const sample = head.subarray(0, SAMPLE);
  const nulls = sample.filter(byte => byte === 0).length;
  if (hasUtf16Mark || (nulls > 0 && nulls >= sample.length / 4)) throw knownImportError('IMPORT_NOT_UTF8');
}

function refuseDuplicates(columns: string[]): void {
  const named = columns.filter(column => column !== '');
  if (named.length === 0) throw knownImportError('IMPORT_EMPTY');
  const twice = named.find((column, at) => named.indexOf(column) !== at);
  if (twice !== undefined) {
    throw importError(
      'IMPORT_HEADER_DUPLICATE',
      `The header names the column "${twice.slice(0, 60)}" twice. Give each column its own name.`,
    );
  }
}

function tooWide(): Error {
  return importError(
    'IMPORT_HEADER_TOO_WIDE',
    `The header may have at most ${MOST_COLUMNS} columns and ${MOST_HEADER_BYTES / 1024} KB. ` +
      'Remove the columns that are not needed.',
  );
}
