/** A country that SMS go to no more, since the provider refused one for a setting; an operator opens it again. */
export interface SmsClosure {
  id: number;
  /** What they came from: a number, a Messaging Service or a name; null: all of the account. */
  source: string | null;
  /** Of the phones, ISO 3166-1 alpha-2; null: phones of which no country is known. */
  country: string | null;
  /** Of the provider's dictionary of errors. */
  code: number;
  closedAt: Date;
  reopenedAt: Date | null;
  reopenedBy: string | null;
  /** Why it was opened again. */
  why: string | null;
}

/** An SMS that the provider refused, or did not deliver. */
export interface RefusedSms {
  source: string;
  country: string | null;
  code: number;
  /** What left before a country was opened again says nothing of how it is now. */
  sentAt: Date;
}
