import { DomainError, type Page } from '#common';

export interface PageRequest {
  limit: number;
  cursor?: string | undefined;
}

/** The row number a cursor stands for: lists are walked by id, so a page costs the same wherever it is. */
export function decodeCursor(cursor: string | undefined): number | null {
  if (cursor === undefined) return null;
  const match = /^([1-9]\d{0,14})$/.exec(Buffer.from(cursor, 'base64url').toString('latin1'));
  if (!match) {
    throw new DomainError({
      kind: 'invalid',
      code: 'CURSOR_INVALID',
      message: 'This cursor is not one of ours; start again without it.',
    });
  }
  return Number(match[1]);
}

export function encodeCursor(id: number): string {
  return Buffer.from(String(id), 'latin1').toString('base64url');
}

/** A page out of `limit + 1` rows: the extra row only tells that there is a next page. */
export function toPage<Row extends { id: number }, T>(
  rows: Row[],
  limit: number,
  map: (row: Row) => T,
): Page<T> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(map),
    nextCursor: rows.length > limit && last ? encodeCursor(last.id) : null,
  };
}
