/** What all messages of a version have in common. Whoever encodes messages may keep what became of it, by this object. */
export class StaticText {
  constructor(readonly text: string) {}

  toString(): string {
    return this.text;
  }
}

/** A text as it was put together; `join('')` gives the whole. */
export type TextPieces = readonly (string | StaticText)[];
