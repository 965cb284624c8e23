import { pipeline, type Readable, Transform } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { stringify } from 'csv-stringify';
import { AuditTrail } from '#access';
import { formatId } from '#common';
import { attributeToCell, type AttributeValue } from './attribute-values.js';
import { AttributesService } from './attributes.service.js';
import { type TextField } from './contact-input.js';
import { type ContactFields } from './contact-profile.js';
import { ContactRepository } from './contact.repository.js';
import { neutraliseCell } from './csv-cell.js';
import { ImportRepository } from './import.repository.js';
import { ImportsService } from './imports.service.js';

export const exportFormats = ['csv', 'ndjson'] as const;
export type ExportFormat = (typeof exportFormats)[number];

interface ExportedRow extends ContactFields {
  id: number;
  createdAt: string;
  updatedAt: string;
}

const COLUMNS: readonly TextField[] = [
  'externalId',
  'email',
  'phone',
  'firstName',
  'lastName',
  'locale',
  'country',
  'timeZone',
];

/**
 * Contacts and rejected rows as streams of any length in constant memory, read no faster than they are taken.
 * Whoever takes a stream must read or destroy it: until then it holds a database connection.
 */
@Injectable()
export class ContactExport {
  constructor(
    private readonly contacts: ContactRepository,
    private readonly attributes: AttributesService,
    private readonly imports: ImportsService,
    private readonly importRows: ImportRepository,
    private readonly audit: AuditTrail,
  ) {}

  /** Every contact. CSV cells that a spreadsheet could run are neutralised (see csv-cell); NDJSON is as it is. */
  async contactsAs(format: ExportFormat, actor: string): Promise<Readable> {
    const keys = format === 'csv' ? (await this.attributes.all()).map(({ key }) => key) : [];
    await this.audit.record(actor, 'contacts.exported', 'contacts', { format });
    const rows = await this.contacts.streamAll();
    return format === 'csv' ? contactsCsv(rows, keys) : ndjson(rows);
  }

  /**
   * The rows an import left out: line, code and reason, then the columns of the file as they were. Mended, the file
   * can be imported as it is: the three columns in front mean nothing to an import.
   * @throws DomainError IMPORT_NOT_FOUND
   */
  async rejectionsCsv(importId: number): Promise<Readable> {
    const { plan } = await this.imports.get(importId);
    const rows = await this.importRows.streamRejections(importId);
    const header = [...['line', 'code', 'reason'].map(name => unlike(name, plan.header)), ...plan.header];
    return csv(rows, header, (row: { line: number; code: string; message: string; row: string[] }) => [
      ...[String(row.line), row.code, row.message],
      ...row.row,
    ]);
  }
}

function contactsCsv(rows: Readable, keys: string[]): Readable {
  const header = ['id', ...COLUMNS, ...keys.map(key => `attributes.${key}`), 'createdAt', 'updatedAt'];
  return csv(rows, header, (row: ExportedRow) => [
    formatId('contact', row.id),
    ...COLUMNS.map(column => row[column] ?? ''),
    ...keys.map(key => attributeToCell(row.attributes[key] as AttributeValue | undefined)),
    ...[row.createdAt, row.updatedAt],
  ]);
}

/** A column name that the file does not use itself. */
function unlike(name: string, header: string[]): string {
  return header.includes(name) ? unlike(`rejection_${name}`, header) : name;
}

function csv<Row>(rows: Readable, header: string[], cellsOf: (row: Row) => string[]): Readable {
  return pipeline(
    rows,
    async function* (source: AsyncIterable<Row>) {
      yield header.map(neutraliseCell);
      for await (const row of source) yield cellsOf(row).map(neutraliseCell);
    },
    // With the mark, Excel reads UTF-8; without it, Arabic would show as rubbish. By itself the writer quotes only the
    // line end it writes, and a bare LF or CR would end the row for a reader.
    stringify({ record_delimiter: '\r\n', quoted_match: /[\r\n]/, bom: true }),
    inPieces(),
    ended,
  );
}

function ndjson(rows: Readable): Readable {
  return pipeline(
    rows,
    async function* (source: AsyncIterable<ExportedRow>) {
      for await (const row of source)
        yield `${JSON.stringify({ ...row, id: formatId('contact', row.id) })}\n`;
    },
    inPieces(),
    ended,
  );
}

/** A reader who goes away ends every part of the pipeline, the database's cursor too; whoever reads sees a fault. */
function ended(): void {
  return undefined;
}

/** Joins rows: a write to the network for each of a million rows costs more than the rows. */
function inPieces(): Transform {
  let waiting: string[] = [];
  let length = 0;
  const take = (): string => {
    const piece = waiting.join('');
    waiting = [];
    length = 0;
    return piece;
  };
  return new Transform({
    transform(text: Buffer | string, _encoding, done) {
      waiting.push(text.toString());
      length += text.length;
      if (length < PIECE_CHARACTERS) done();
      else done(null, take());
    },
    flush(done) {
      done(null, take());
    },
  });
}

const PIECE_CHARACTERS = 16 * 1024;
