/** A click that nothing speaks against is a person's only after this long: what betrays a machine may come after it. In milliseconds. */
export const HUMAN_AFTER_MS = 90_000;
