import { DomainError, type ErrorDetail } from '#common';

/** One thing an author must mend; `line` counts from 1 in what they wrote. */
export interface AuthorFault {
  code: string;
  message: string;
  line?: number | undefined;
}

/** `en.mjml:12`: language, part and line, as the error's `path`. */
export function toDetail(locale: string, part: string, fault: AuthorFault): ErrorDetail {
  const line = fault.line === undefined ? '' : `:${fault.line}`;
  return { path: `${locale}.${part}${line}`, code: fault.code, message: fault.message };
}

/** @returns DomainError TEMPLATE_INVALID with every fault found, each with its line. */
export function templateInvalid(details: ErrorDetail[]): DomainError {
  const first = details[0];
  const more = details.length > 1 ? ` (and ${details.length - 1} more)` : '';
  return new DomainError({
    kind: 'unprocessable',
    code: 'TEMPLATE_INVALID',
    message: first
      ? `${first.path}: ${first.message}${more}`
      : 'The template is not valid. Mend it and save again.',
    details,
  });
}

/** A definite failure: the same template fails for the same person every time, so it is never tried again. */
export function renderFailed(why: { code: string; reason: string }, cause: unknown): DomainError {
  return new DomainError({
    kind: 'unprocessable',
    code: 'RENDER_FAILED',
    message: `The template could not be rendered: ${why.reason}. Mend the template.`,
    retryable: false,
    details: [{ path: 'template', code: why.code, message: `It cannot be rendered: ${why.reason}.` }],
    cause,
  });
}

export function templateIncomplete(missing: string[]): DomainError {
  return new DomainError({
    kind: 'unprocessable',
    code: 'TEMPLATE_INCOMPLETE',
    message: `The template lacks ${missing.join(', ')}. Add what is missing and save again.`,
    details: missing.map(path => ({ path, code: 'MISSING', message: 'This part is missing.' })),
  });
}
