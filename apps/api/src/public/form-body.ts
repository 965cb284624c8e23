/** Largest body a page reads, in bytes; the longest honest form is a tenth of it. */
export const FORM_LIMIT = 10 * 1024;

export interface Form {
  /** The first value of a field, or undefined. */
  one(name: string): string | undefined;
  all(name: string): string[];
  /** Whether the body is RFC 8058's `List-Unsubscribe=One-Click`, however it is wrapped. */
  isOneClick: boolean;
}

/**
 * Reads a form from the bytes alone. Content-Type is not asked: receivers send multipart/form-data, urlencoded,
 * text/plain or none (RFC 8058 section 3.2), sometimes with a boundary that is not the one in the body. What cannot
 * be read is an empty form, never an error.
 */
export async function readForm(body: Buffer | undefined): Promise<Form> {
  const bytes = body ?? Buffer.alloc(0);
  const text = bytes.toString('utf8');
  const fields = await fieldsOf(bytes, text);
  return {
    one: name => fields.find(([key]) => key === name)?.[1],
    all: name => fields.filter(([key]) => key === name).map(([, value]) => value),
    // Seen in the raw text too, so that multipart with bare line feeds, which the parser refuses, is recognised.
    isOneClick: /(^|[&\s"])List-Unsubscribe"?[\s=]{0,8}One-Click([&\s]|$)/i.test(text),
  };
}

async function fieldsOf(bytes: Buffer, text: string): Promise<[string, string][]> {
  const boundary = /^--([^\r\n]{1,70})\r?\n/.exec(text)?.[1]?.trimEnd();
  if (boundary === undefined) return [...new URLSearchParams(text)];
  try {
    // The platform's own parser (Fetch standard), so that no further one has to be kept safe.
    const headers = { 'content-type': `multipart/form-data; boundary="${boundary}"` };
    const data = await new Response(new Uint8Array(bytes), { headers }).formData();
    return [...data].filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  } catch {
    return [];
  }
}
