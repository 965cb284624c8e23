/** Where a Chromium is, or null. CHROMIUM names another. */
export function findChromium(): string | null;
