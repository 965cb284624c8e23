import { DomainError, type ErrorKind } from '#common';

export const importProblems = {
  IMPORT_EMPTY: 'The file is empty. Send a CSV file whose first row names the columns.',
  IMPORT_NOT_UTF8:
    'The file is UTF-16, not UTF-8. Save it as "CSV UTF-8 (comma delimited)" and send it again.',
  IMPORT_NOT_CSV:
    'The file is not CSV (it looks like a spreadsheet or an archive). Save it as "CSV UTF-8" and send that.',
  IMPORT_HEADER_INVALID: 'The header (first row) cannot be read as UTF-8 text. Save the file as CSV UTF-8.',
} as const;

export function importError(code: string, message: string, kind: ErrorKind = 'invalid'): DomainError {
  return new DomainError({ kind, code, message });
}

export function knownImportError(code: keyof typeof importProblems): DomainError {
  return importError(code, importProblems[code]);
}

/** The file itself cannot be read on; the import ends with what was imported before. */
export class UnreadableFile extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = 'UnreadableFile';
  }
}
