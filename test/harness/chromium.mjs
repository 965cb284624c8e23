import { existsSync } from 'node:fs';

/** Where a Chromium is, or null. CHROMIUM names another. */
export function findChromium() {
  const places = [
    process.env.CHROMIUM,
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
  ];
  return places.find(place => place && existsSync(place)) ?? null;
}
