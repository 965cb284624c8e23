/** The least, the most and all of something over many messages. */
export interface Span {
  least: number;
  average: number;
  most: number;
  /** Of all recipients: counted, or with a sample the average times their number. */
  total: number;
}

/** What a campaign's SMS would come to if it were launched now. */
export interface SmsEstimate {
  /** People who would get an SMS. */
  recipients: number;
  /** How many of them were looked at; fewer than all in a sample. */
  looked: number;
  parts: Span | null;
  /** In millionths of the currency; null: of none of them a price is known. */
  cost: Span | null;
  /** Of those looked at: in the alphabet of SMS, and in UCS-2 as Arabic is. */
  encodings: { gsm7: number; ucs2: number };
  /** Of those looked at: who could not be sent it, because it cannot be written for them or is too long. */
  failing: number;
  /** Of those looked at: whose country has no price. */
  unpriced: number;
}

/** Adds up what each message comes to. */
export class SmsTally {
  readonly #parts: number[] = [];
  readonly #costs: number[] = [];
  readonly #encodings = { gsm7: 0, ucs2: 0 };
  #failing = 0;

  add(encoding: 'gsm7' | 'ucs2', parts: number, cost: number | null): void {
    this.#encodings[encoding]++;
    this.#parts.push(parts);
    if (cost !== null) this.#costs.push(cost);
  }

  fail(): void {
    this.#failing++;
  }

  /** @param recipients all of them, of whom those added are all or a sample */
  estimate(recipients: number): SmsEstimate {
    const looked = this.#parts.length + this.#failing;
    // Of a sample each stands for so many.
    const weight = looked === 0 ? 0 : recipients / looked;
    return {
      ...{ recipients, looked, failing: this.#failing, encodings: { ...this.#encodings } },
      parts: spanOf(this.#parts, weight),
      cost: spanOf(this.#costs, weight),
      unpriced: this.#parts.length - this.#costs.length,
    };
  }
}

function spanOf(values: readonly number[], weight: number): Span | null {
  if (values.length === 0) return null;
  const sum = values.reduce((total, value) => total + value, 0);
  return {
    least: values.reduce((a, b) => Math.min(a, b)),
    average: sum / values.length,
    most: values.reduce((a, b) => Math.max(a, b)),
    total: Math.round(sum * weight),
  };
}
