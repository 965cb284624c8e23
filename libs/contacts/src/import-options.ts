import { type Channel } from '#common';
import { type MatchKey } from './contact-profile.js';
import { type TextField } from './contact-input.js';

export const delimiters = [',', ';', '\t'] as const;
export type Delimiter = (typeof delimiters)[number];

/** What is done with a row whose person exists: change them, or leave the whole row aside. */
export type OnExisting = 'update' | 'skip';

/** A text from a column of each row, or the same for all. */
export type CellSource<Column> = { column: Column } | { value: string };

/** How consent is read off a row. Without basis and evidence it lands as unknown, which is not sendable. */
export interface ConsentMapping<Column> {
  topicId: number;
  channel: Channel;
  /** Says yes or no; absent: the whole file is of people who said yes. */
  column?: Column;
  basis?: CellSource<Column>;
  evidence?: {
    text?: CellSource<Column>;
    source?: CellSource<Column>;
    url?: CellSource<Column>;
  };
  occurredAt?: CellSource<Column>;
  expiresAt?: CellSource<Column>;
}

/** What a caller asks for; everything is optional. */
export interface ImportRequest {
  /** Header -> field, `attributes.x` or `ignore`. Headers not named here are mapped by their name. */
  columns?: Record<string, string>;
  matchBy?: MatchKey;
  onExisting?: OnExisting;
  dryRun?: boolean;
  delimiter?: Delimiter;
  /** Country of phone numbers in rows without one, ISO 3166-1 alpha-2. */
  defaultCountry?: string;
  consents?: ConsentMapping<string>[];
}

/** Where a column goes. */
export type Target = TextField | `attributes.${string}`;

/** The request made definite by the file's header; stored with the import. Columns are positions. */
export interface ImportPlan {
  delimiter: Delimiter;
  header: string[];
  targets: (Target | null)[];
  matchBy: MatchKey;
  onExisting: OnExisting;
  defaultCountry: string | null;
  consents: ConsentMapping<number>[];
}
