import { isIP } from 'node:net';
import { type FastifyRequest } from 'fastify';
import { type Locale, locales } from '#common';

/** Who asks, as far as a browser tells: kept as evidence, and used to choose a language. */
export interface Visitor {
  ip: string | undefined;
  userAgent: string | undefined;
  /** The site that a form was posted from, as the browser says (RFC 6454 section 7); proof of nothing. */
  origin: string | undefined;
  /** What `?lang=` asks for. */
  chosenLocale: Locale | undefined;
  /** The first of our languages in Accept-Language, or English: for pages that belong to nobody. */
  browserLocale: Locale;
}

export function visitorOf(request: FastifyRequest): Visitor {
  const { lang } = request.query as { lang?: unknown };
  return {
    ip: plainIp(request.ip),
    userAgent: request.headers['user-agent'],
    origin: request.headers.origin,
    chosenLocale: locales.find(locale => locale === lang),
    browserLocale: preferredLocale(request.headers['accept-language']),
  };
}

/** `request.ip` is what a trusted proxy says, and a proxy can say anything; PostgreSQL's inet takes addresses only. */
export function plainIp(text: string | undefined): string | undefined {
  const ip = text?.replace(/%.*$/s, '').replace(/^::ffff:(?=\d+\.)/i, '');
  return ip !== undefined && isIP(ip) !== 0 ? ip : undefined;
}

/** RFC 9110 section 12.5.4, for the languages we speak. */
export function preferredLocale(header: string | undefined): Locale {
  let best: { locale: Locale; quality: number } | undefined;
  for (const part of (header ?? '').slice(0, 500).split(',')) {
    const [, tag, q] = /^\s*([A-Za-z]{2,3})(?:-[A-Za-z0-9-]+)?\s*(?:;\s*q=([\d.]+))?\s*$/.exec(part) ?? [];
    const locale = locales.find(known => known === tag?.toLowerCase());
    const quality = Number(q ?? 1);
    if (locale && quality > (best?.quality ?? 0)) best = { locale, quality };
  }
  return best?.locale ?? 'en';
}
