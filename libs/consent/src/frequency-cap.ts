/** "At most so many marketing messages of one sender per person in so many days." */
export interface FrequencyCap {
  /** 1 to 1000. */
  messages: number;
  /** 1 to 365, of 24 hours each. */
  days: number;
}

/** The cap that holds for a sender, and whose word it is; null: nobody's. */
export interface CapInForce {
  cap: FrequencyCap | null;
  source: 'sender' | 'account' | null;
}
