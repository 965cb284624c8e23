import { type Page } from './page-renderer.js';

/**
 * The page, framed by these sites alone; every other page of ours is framed by nobody.
 * @param origins checked where a form is saved: nothing but scheme, host and port can be in them.
 */
export function framedBy(page: Page, origins: readonly string[]): Page {
  if (origins.length === 0) return page;
  const policy = page.headers['content-security-policy'] ?? '';
  return {
    ...page,
    headers: {
      ...page.headers,
      'content-security-policy': policy.replace(
        "frame-ancestors 'none'",
        `frame-ancestors ${origins.join(' ')}`,
      ),
    },
  };
}
