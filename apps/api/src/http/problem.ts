import { z } from 'zod';
import { type ErrorDetail, type ErrorKind } from '#common';

/** RFC 9457 problem details, with our stable `code`. */
export const problemSchema = z.object({
  type: z.string().describe('urn:ithn:problem: and the code'),
  title: z.string(),
  status: z.number().int(),
  code: z.string().describe('Stable; programs match on it'),
  detail: z.string().describe('What happened and what to do'),
  retryable: z.boolean().describe('Whether the same request may succeed later unchanged'),
  errors: z
    .array(z.object({ path: z.string(), code: z.string(), message: z.string() }))
    .optional()
    .describe('Each wrong place'),
});
export type Problem = z.infer<typeof problemSchema>;

const kinds: Record<ErrorKind, { status: number; title: string }> = {
  invalid: { status: 400, title: 'The request is not valid' },
  unauthenticated: { status: 401, title: 'An API key is needed' },
  forbidden: { status: 403, title: 'This key may not do that' },
  not_found: { status: 404, title: 'Not found' },
  conflict: { status: 409, title: 'Not in a state that allows this' },
  too_large: { status: 413, title: 'Too large' },
  unsupported: { status: 415, title: 'Not a format we read' },
  unprocessable: { status: 422, title: 'It cannot be carried out as it stands' },
  too_many: { status: 429, title: 'Too many requests' },
  unavailable: { status: 503, title: 'Not available now' },
};

export function problem(
  kind: ErrorKind,
  code: string,
  detail: string,
  retryable = false,
  errors: ErrorDetail[] = [],
): Problem {
  const { status, title } = kinds[kind];
  const shown = errors.length > 0 ? { errors: errors.slice(0, 100) } : {};
  return { type: `urn:ithn:problem:${code}`, title, status, code, detail, retryable, ...shown };
}

/** What a caller sees of a bug: nothing of its inside. */
export const internalProblem: Problem = {
  type: 'urn:ithn:problem:INTERNAL_ERROR',
  title: 'Something went wrong on our side',
  status: 500,
  code: 'INTERNAL_ERROR',
  detail: 'The request failed because of a fault in the server; it was logged. Trying again may help.',
  retryable: true,
};
