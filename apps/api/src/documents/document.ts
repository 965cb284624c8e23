/** A line of a document: what, and its value. */
export interface Fact {
  label: string;
  value: string;
  /** A hash, an id, a URL: always written left to right. */
  code: boolean;
}

export interface DocumentEntry {
  title: string;
  /** A short word beside the title, and whether it is good news. */
  mark: string | null;
  tone: 'good' | 'bad' | 'plain';
  texts: string[];
  /** The wording that was shown, as it was. */
  quote: string | null;
  facts: Fact[];
}

export interface DocumentSection {
  heading: string;
  lead: string | null;
  facts: Fact[];
  entries: DocumentEntry[];
  /** What stands there when there is nothing else. */
  empty: string | null;
}

/** A readable document: the same shape for every one, so that one template and one print layout serve them all. */
export interface ReadableDocument {
  title: string;
  lead: string;
  facts: Fact[];
  sections: DocumentSection[];
  foot: string;
}

/** A line when there is something to say, none otherwise. */
export function fact(label: string, value: string | null | undefined, code = false): Fact[] {
  return value === null || value === undefined || value === '' ? [] : [{ label, value, code }];
}

export function entry(title: string, more: Partial<DocumentEntry> = {}): DocumentEntry {
  return { title, mark: null, tone: 'plain', texts: [], quote: null, facts: [], ...more };
}

/** A section of entries; `none` stands where there are none. */
export function section(heading: string, none: string, more: Partial<DocumentSection> = {}): DocumentSection {
  const whole = { heading, lead: null, facts: [], entries: [], ...more };
  const isEmpty = whole.entries.length === 0 && whole.facts.length === 0;
  return { ...whole, empty: isEmpty ? none : null };
}
