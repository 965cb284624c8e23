import { isUtf8 } from 'node:buffer';
import { CsvError, parse, type Parser } from 'csv-parse';
import { UnreadableFile } from './import.errors.js';

/** Bytes of the longest row. A quote left open swallows the rest of a file; this is where that is noticed. */
export const MOST_ROW_BYTES = 1024 * 1024;

export interface CsvRow {
  cells: string[];
  /** Line of the file the row begins on; quoted cells may hold further lines. */
  line: number;
  lines: number;
  /** False: some cell is not UTF-8; its broken bytes are shown as U+FFFD. */
  isUtf8: boolean;
  /** Offset in the file of the byte after this row: a reader can begin there. */
  end: number;
}

export interface CsvReaderOptions {
  delimiter: string;
  /** Where in the file reading begins, and the line that is. */
  offset: number;
  line: number;
}

/**
 * csv-parse, driven by hand: bytes in, whole rows out. Nothing runs ahead of the caller, so that memory stays flat and
 * every row before a fault is delivered before the fault.
 *
 * It parses the bytes as Latin-1 and turns each row into UTF-8 afterwards: a broken byte then costs its own row only,
 * and the offsets are those of the file.
 */
export class CsvReader {
  readonly #parser: Parser;
  #rows: CsvRow[] = [];
  #line: number;
  #blankLines = 0;
  #failure: UnreadableFile | undefined;

  constructor(options: CsvReaderOptions) {
    this.#line = options.line;
    this.#parser = parse({
      delimiter: options.delimiter,
      encoding: 'latin1',
      // All three at once: one file may mix them, and finding out from the first row would glue the others together.
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_quotes: true,
      relax_column_count: true,
      skip_empty_lines: true,
      max_record_size: MOST_ROW_BYTES,
      on_record: (record: unknown, { bytes, empty_lines }) => {
        this.#take(record as string[], options.offset + bytes, empty_lines);
        // Nothing is pushed on: the stream's own buffer stays empty.
        return null;
      },
    });
    this.#parser.on('error', () => undefined);
    this.#parser.resume();
  }

  /** The rows that these bytes complete; ask for `failure` after it. */
  async write(bytes: Buffer): Promise<CsvRow[]> {
    return this.#run(done => this.#parser.write(bytes, done));
  }

  /** The last row, when the file does not end with a line break; ask for `failure` after it. */
  async end(): Promise<CsvRow[]> {
    return this.#run(done => this.#parser.end(done));
  }

  /** Why nothing more can be read behind the rows delivered last. */
  get failure(): UnreadableFile | undefined {
    return this.#failure;
  }

  async #run(step: (done: (error?: Error | null) => void) => void): Promise<CsvRow[]> {
    if (this.#failure) return [];
    const error = await new Promise<Error | null>(resolve => step(problem => resolve(problem ?? null)));
    if (error !== null) this.#failure = this.#unreadable(error);
    const rows = this.#rows;
    this.#rows = [];
    return rows;
  }

  #take(raw: string[], end: number, blankLines: number): void {
    this.#line += blankLines - this.#blankLines;
    this.#blankLines = blankLines;
    const inside = raw.reduce((sum, cell) => sum + lineBreaks(cell), 0);
    const line = this.#line;
    this.#line += inside + 1;
    let valid = true;
    const cells = raw.map(cell => {
      if (!NOT_ASCII.test(cell)) return cell;
      const bytes = Buffer.from(cell, 'latin1');
      valid &&= isUtf8(bytes);
      return bytes.toString('utf8');
    });
    this.#rows.push({ cells, line, lines: inside + 1, isUtf8: valid, end });
  }

  #unreadable(error: Error): UnreadableFile {
    const code = error instanceof CsvError ? error.code : '';
    switch (code) {
      case 'CSV_MAX_RECORD_SIZE':
        return new UnreadableFile(
          'IMPORT_ROW_TOO_LARGE',
          `The row that begins on line ${this.#line} is larger than ${MOST_ROW_BYTES / 1024 / 1024} MB. ` +
            'Most likely a quote (") is opened there and never closed. The rows before it were read.',
        );
      case 'CSV_QUOTE_NOT_CLOSED':
        return new UnreadableFile(
          'IMPORT_QUOTE_NOT_CLOSED',
          `A quote (") in the row that begins on line ${this.#line} is never closed, so the rest of the file ` +
            'cannot be told apart. Close it and import the file again. The rows before it were read.',
        );
      default:
        return new UnreadableFile(
          'IMPORT_UNREADABLE',
          `The file cannot be read from line ${this.#line} on. The rows before it were read.`,
        );
    }
  }
}

const NOT_ASCII = /[\u0080-\u00ff]/;

function lineBreaks(cell: string): number {
  let count = 0;
  for (let at = 0; at < cell.length; at++) {
    const code = cell.charCodeAt(at);
    if (code === 10 || (code === 13 && cell.charCodeAt(at + 1) !== 10)) count++;
  }
  return count;
}
