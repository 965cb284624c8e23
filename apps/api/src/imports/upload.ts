import { type FastifyRequest } from 'fastify';
import { DomainError } from '#common';
import { importOptions, type ImportOptions } from './imports.schemas.js';

export interface Upload {
  file: AsyncIterable<Buffer>;
  fileName: string | null;
  options: ImportOptions;
}

/** Bytes of the `options` field. */
const MOST_OPTION_BYTES = 256 * 1024;

/**
 * The two ways a file arrives: multipart with the field `options` before the part `file`, or the bare CSV as the body
 * with the options in the query.
 * @throws DomainError for a form that is not so, and options that are none
 */
export async function openUpload(
  request: FastifyRequest,
  query: { options?: string | undefined; fileName?: string | undefined },
): Promise<Upload> {
  if (request.isMultipart()) return openForm(request);
  if (!/^text\/csv\b/i.test(request.headers['content-type'] ?? '')) {
    throw new DomainError({
      kind: 'unsupported',
      code: 'CONTENT_TYPE_UNSUPPORTED',
      message: 'Send the file as multipart/form-data (field "options", then "file"), or as text/csv.',
    });
  }
  return {
    file: readable(request.raw),
    fileName: cleanName(query.fileName),
    options: parseOptions(query.options),
  };
}

async function openForm(request: FastifyRequest): Promise<Upload> {
  let options: ImportOptions = {};
  // The size of the file is the import's to judge, so the form's own limit must not cut it.
  const limits = { fields: 5, files: 1, parts: 6, fieldSize: MOST_OPTION_BYTES, fileSize: Infinity };
  try {
    for await (const part of request.parts({ limits })) {
      if (part.type === 'file') {
        if (part.fieldname !== 'file')
          throw formError(`The file belongs in the part "file", not "${short(part.fieldname)}".`);
        return { file: readable(part.file), fileName: cleanName(part.filename), options };
      }
      if (part.fieldname !== 'options')
        throw formError(`There is no field "${short(part.fieldname)}"; send "options", then "file".`);
      if (part.valueTruncated) throw formError('The field "options" is too long.');
      options = parseOptions(part.value as string | object);
    }
  } catch (error) {
    if (error instanceof DomainError) throw error;
    throw formError(
      'The form cannot be read. Send multipart/form-data with the field "options", then "file".',
      error,
    );
  }
  throw formError('The form has no part "file". Send the field "options" first, then the file.');
}

/** A fault of the connection is the sender's affair, not a fault of ours. */
async function* readable(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of source) yield chunk;
  } catch (error) {
    throw new DomainError({
      kind: 'invalid',
      code: 'UPLOAD_BROKEN',
      message: 'The upload ended before the file was complete. Nothing was imported; send it again.',
      retryable: true,
      cause: error,
    });
  }
}

function parseOptions(given: string | object | undefined): ImportOptions {
  if (given === undefined || given === '') return {};
  let value: unknown = given;
  if (typeof given === 'string') {
    try {
      value = JSON.parse(given, refusePrototype);
    } catch {
      throw optionsError('options: is not valid JSON.');
    }
  }
  if (JSON.stringify(value).includes('\\u0000'))
    throw optionsError('options: may not hold the NUL character.');
  const parsed = importOptions.safeParse(value);
  if (parsed.success) return parsed.data;
  const details = parsed.error.issues.slice(0, 100).map(issue => ({
    path: ['options', ...issue.path].map(String).join('.'),
    code: issue.code.toUpperCase(),
    message: issue.message,
  }));
  const [first] = details;
  throw optionsError(`${first?.path}: ${first?.message}`, details);
}

function refusePrototype(key: string, value: unknown): unknown {
  if (key === '__proto__') throw new SyntaxError('A poisoned prototype.');
  return value;
}

function optionsError(message: string, details: DomainError['details'] = []): DomainError {
  return new DomainError({ kind: 'invalid', code: 'VALIDATION_FAILED', message, details });
}

function formError(message: string, cause?: unknown): DomainError {
  return new DomainError({ kind: 'invalid', code: 'FORM_INVALID', message, cause });
}

/** The last part of a path, without what no file name has. */
function cleanName(name: string | undefined): string | null {
  const clean = (name ?? '')
    .split(/[/\\]/)
    .at(-1)
    ?.replace(/[\p{Cc}\p{Cs}]/gu, '')
    .trim()
    .slice(0, 255);
  return clean ? clean : null;
}

function short(text: string): string {
  return text.slice(0, 60);
}
