import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, chromium, type Page } from 'playwright-core';

/** Where a Chromium is; undefined: there is none, and what needs one is skipped. */
export const executablePath = process.env['TEST_CHROMIUM'];
/** A folder to keep pictures of what is looked at. */
export const shots = process.env['TEST_SCREENSHOTS'];

const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

export async function openBrowser(): Promise<Browser> {
  if (shots) mkdirSync(shots, { recursive: true });
  return chromium.launch({
    ...(executablePath ? { executablePath } : {}),
    args: [
      ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
      ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
    ],
  });
}

/** What axe finds to mend on a page, in words. It is a script: the page's policy must be lifted (`bypassCSP`). */
export async function axeViolations(page: Page): Promise<string[]> {
  await page.addScriptTag({ path: axePath });
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
    };
    return (await axe.run()).violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map(node => node.html).join(' | ')}`,
    );
  });
}
