import { DomainError, type Locale, locales } from '#common';

/** One language of a template. A draft may lack parts; a campaign may not (`missingParts`). */
export interface VariantContent {
  /** Liquid, one line. */
  subject?: string | undefined;
  /** Liquid; what mail programs show beside the subject. */
  preheader?: string | undefined;
  /** MJML with Liquid: a whole `<mjml>`, or the body's sections, put into a layout of ours. */
  mjml?: string | undefined;
  /** Liquid; derived from the MJML when absent. */
  text?: string | undefined;
}

export type TemplateContent = Partial<Record<Locale, VariantContent>>;

/** The most characters of each part. */
export const partLimits = { subject: 500, preheader: 500, mjml: 256_000, text: 256_000 } as const;

export type Part = keyof typeof partLimits;
export const parts = Object.keys(partLimits) as Part[];

/** The languages a template has a variant in. */
export function localesOf(content: TemplateContent): Locale[] {
  return locales.filter(locale => content[locale] !== undefined);
}

/** @throws DomainError TEMPLATE_TOO_LARGE naming the part. */
export function refuseOversize(content: TemplateContent): void {
  for (const locale of localesOf(content)) {
    for (const part of parts) {
      const length = content[locale]?.[part]?.length ?? 0;
      if (length <= partLimits[part]) continue;
      throw new DomainError({
        kind: 'too_large',
        code: 'TEMPLATE_TOO_LARGE',
        message: `${locale}.${part} has ${length} characters; at most ${partLimits[part]} fit. Mail programs cut long messages off long before.`,
        details: [{ path: `${locale}.${part}`, code: 'TOO_LARGE', message: 'This part is too long.' }],
      });
    }
  }
}

/**
 * What keeps this version from being sent, as paths (`ar.subject`): every language it has needs a subject and a body,
 * and its default language must be one of them. Empty: ready.
 */
export function missingParts(version: { defaultLocale: Locale; content: TemplateContent }): string[] {
  const missing: string[] = [];
  if (version.content[version.defaultLocale] === undefined) missing.push(version.defaultLocale);
  for (const locale of localesOf(version.content)) {
    const variant = version.content[locale];
    if (!variant?.subject?.trim()) missing.push(`${locale}.subject`);
    if (!variant?.mjml?.trim()) missing.push(`${locale}.mjml`);
  }
  return missing;
}
