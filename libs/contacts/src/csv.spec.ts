import fc from 'fast-check';
import { stringify } from 'csv-stringify/sync';
import { neutraliseCell, restoreCell } from './csv-cell.js';
import { detectDelimiter, readHeader } from './csv-header.js';
import { CsvReader, type CsvRow } from './csv-reader.js';
import { cutInPieces } from './pieces.js';

const cell = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.stringMatching(/^['=+\-@\t\r\n＝",;|ء-ي a]{0,6}$/u),
);

async function readAll(
  bytes: Buffer,
  slice: number,
  from = { offset: 0, line: 1 },
  delimiter = ',',
): Promise<CsvRow[]> {
  const reader = new CsvReader({ delimiter, ...from });
  const rows: CsvRow[] = [];
  for (let at = 0; at < bytes.length; at += slice)
    rows.push(...(await reader.write(bytes.subarray(at, at + slice))));
  rows.push(...(await reader.end()));
  if (reader.failure) throw reader.failure;
  return rows;
}

describe('a cell', () => {
  it('neutralised never begins with what a spreadsheet runs, and is restored exactly', () => {
    fc.assert(
      fc.property(cell, text => {
        const safe = neutraliseCell(text);
        expect(safe).not.toMatch(/^[=+\-@\t\r\n＝＋－＠]/u);
        expect(restoreCell(safe)).toBe(text);
      }),
      { numRuns: 3000 },
    );
  });

  it.each([
    ['=1+1', `'=1+1`],
    [`'=1+1`, `''=1+1`],
    ['+966501234567', `'+966501234567`],
    [`'tis`, `'tis`],
    ['plain', 'plain'],
  ])('%j is written %j', (text, written) => expect(neutraliseCell(text)).toBe(written));
});

describe('the reader', () => {
  it('reads back whatever was written, wherever the bytes are cut, and resumes at the end of any row', async () => {
    const table = fc.array(fc.array(cell, { minLength: 2, maxLength: 2 }), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(
        table,
        fc.constantFrom(',', ';', '\t'),
        fc.constantFrom('\n', '\r\n'),
        fc.integer({ min: 1, max: 40 }),
        fc.nat(),
        async (rows, delimiter, record_delimiter, slice, where) => {
          const text = stringify(rows, { delimiter, record_delimiter, quoted: true });
          const bytes = Buffer.from(text);
          const wellFormed = rows.map(row => row.map(one => Buffer.from(one).toString()));
          const read = await readAll(bytes, slice, undefined, delimiter);
          expect(read.map(row => row.cells)).toEqual(wellFormed);
          expect(read.at(-1)?.end).toBe(bytes.length);
          const stop = read[where % read.length] as CsvRow;
          const rest = await readAll(
            bytes.subarray(stop.end),
            slice,
            { offset: stop.end, line: stop.line + stop.lines },
            delimiter,
          );
          expect(rest).toEqual(read.slice((where % read.length) + 1));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('counts lines through quoted breaks, blank lines and every kind of line end', async () => {
    const rows = await readAll(Buffer.from('a,b\r\n\r\n"x\r\ny\nz",1\nlast,2\r\n'), 7);
    expect(rows.map(({ line, lines }) => [line, lines])).toEqual([
      [1, 1],
      [3, 3],
      [6, 1],
    ]);
  });

  it('marks a row of broken UTF-8 and reads on', async () => {
    const rows = await readAll(
      Buffer.concat([Buffer.from('ok,é\n'), Buffer.from([0x62, 0xff, 0x0a]), Buffer.from('ok\n')]),
      3,
    );
    expect(rows.map(row => row.isUtf8)).toEqual([true, false, true]);
    expect(rows[0]?.cells).toEqual(['ok', 'é']);
  });

  it('of any bytes ends with rows or a reason, never otherwise', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 300 }),
        fc.integer({ min: 1, max: 50 }),
        async (bytes, slice) => {
          const reader = new CsvReader({ delimiter: ',', offset: 0, line: 1 });
          for (let at = 0; at < bytes.length; at += slice)
            await reader.write(Buffer.from(bytes.subarray(at, at + slice)));
          await reader.end();
          expect(['undefined', 'string']).toContain(typeof reader.failure?.code);
        },
      ),
    );
  });
});

describe('the header', () => {
  it.each([
    ['a,b,c\n1;2;3;4;5', ','],
    ['a;b\n', ';'],
    ['a\tb\n', '\t'],
    ['"a,b,c";d\n', ';'],
    ['alone\n', ','],
  ])('%j is divided by %j', (text, delimiter) => expect(detectDelimiter(text)).toBe(delimiter));

  it('says where the rows begin, with a byte order mark and without', async () => {
    const plain = await readHeader(Buffer.from('a,b\r\n1,2'), undefined);
    expect(plain).toEqual({ columns: ['a', 'b'], delimiter: ',', end: 5, nextLine: 2 });
    const marked = await readHeader(Buffer.from('\ufeff"a\nx",b\n1,2'), undefined);
    expect(marked).toEqual({ columns: ['a\nx', 'b'], delimiter: ',', end: 3 + 8, nextLine: 3 });
  });
});

describe('pieces', () => {
  it('put together are the file, each but the last of one size', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 50 })),
        fc.integer({ min: 1, max: 30 }),
        async (chunks, size) => {
          async function* source(): AsyncGenerator<Buffer> {
            for (const chunk of chunks) yield Buffer.from(chunk);
          }
          const pieces: Buffer[] = [];
          for await (const piece of cutInPieces(source(), size)) pieces.push(piece);
          expect(Buffer.concat(pieces)).toEqual(Buffer.concat(chunks));
          expect(pieces.slice(0, -1).every(piece => piece.length === size)).toBe(true);
          expect(pieces.every(piece => piece.length > 0)).toBe(true);
        },
      ),
    );
  });
});
