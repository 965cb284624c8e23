import { StandardSchemaValidationPipe } from '@nestjs/common';
import { DomainError } from '#common';

/** Longest sentence about one place: zod names every field it does not know, and a hostile body has thousands. */
const LONGEST = 300;

/** Checks every body, query and parameter against its schema; each wrong place gets a path and a sentence. */
export function validationPipe(): StandardSchemaValidationPipe {
  return new StandardSchemaValidationPipe({
    exceptionFactory: issues => {
      const details = issues.slice(0, 100).map(issue => ({
        path: shortened(
          (issue.path ?? []).map(part => String(typeof part === 'object' ? part.key : part)).join('.'),
        ),
        code: 'code' in issue ? String(issue.code).toUpperCase() : 'INVALID',
        message: shortened(issue.message),
      }));
      const first = details[0];
      return new DomainError({
        kind: 'invalid',
        code: 'VALIDATION_FAILED',
        message: first
          ? `${first.path || 'The request'}: ${first.message}${details.length > 1 ? ` (and ${details.length - 1} more)` : ''}`
          : 'The request is not valid.',
        details,
      });
    },
  });
}

function shortened(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text;
}
