import { Agent, request as open } from 'node:http';
import fc from 'fast-check';

/** What a hostile caller sends, and what is made of an OpenAPI document to send it everywhere. */

export type JsonSchema = {
  $ref?: string;
  type?: string;
  format?: string;
  pattern?: string;
  const?: unknown;
  enum?: unknown[];
  examples?: unknown[];
  example?: unknown;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: JsonSchema | boolean;
  items?: JsonSchema;
  minItems?: number;
  maxItems?: number;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
};

export interface OpenApi {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, JsonSchema> };
}

export interface Operation {
  description?: string;
  parameters?: { name: string; in: string; required?: boolean; schema?: JsonSchema }[];
  requestBody?: { content: Record<string, { schema: JsonSchema }> };
}

export interface RawAnswer {
  status: number;
  type: string;
  text: string;
}

const nested = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels));

/** Values that no field was made for, most of which some field must take as mere text. */
export const hostileValues: readonly unknown[] = [
  ...[null, true, false, 0, -1, 0.5, 1e308, -1e308, 2 ** 31, 2 ** 53],
  ...['', ' ', '\t\r\n', 'x'.repeat(20_000), '😀'.repeat(2_000), 'ء'.repeat(300)],
  ...['\u0000', 'a\u0000b', '\ud800', 'a\udc00b', '\ud83d', '\uffff', '\u202eevil\u202c', '\u200f\u2066x'],
  ...['a\r\nBcc: victim@example.com', '=1+1', "'; DROP TABLE contact; --", '%00', '../../etc/passwd'],
  ...[
    '<script>alert(1)</script>',
    '{{ "a" | constructor }}',
    '{% for i in (1..99999999) %}{{ i }}{% endfor %}',
  ],
  ...['__proto__', 'constructor', 'toString', 'NaN', '1e999', '-0', 'javascript:alert(1)'],
  ...['con_1', 'con_999999999999999', 'con_0', 'top_1 OR 1=1', 'a@b', `${'a'.repeat(300)}@example.com`],
  ...[
    '2026-02-30T00:00:00Z',
    '0000-01-01T00:00:00Z',
    '9999-12-31T23:59:59-23:59',
    '2026-11-21T09:00:00.1234567890Z',
  ],
  ...[[], [[]], ['a'], [null], [{}], Array.from({ length: 5_000 }, () => 'x'), nested(60), nested(150)],
  ...[{}, { length: 1e9 }, { toString: 'x', valueOf: 'y' }, { then: 'x' }, { hasOwnProperty: 1 }],
  ...[
    JSON.parse('{"__proto__":{"admin":true}}'),
    { constructor: { prototype: { admin: true } } },
    { '': '' },
  ],
];

/** Whole bodies that are no body, with the content type they claim. */
export const hostileBodies: readonly (readonly [string, string | Buffer, string])[] = [
  ['nothing', '', 'application/json'],
  ['a cut-off object', '{"name": "x', 'application/json'],
  ['a mere null', 'null', 'application/json'],
  ['a mere number', '1e999', 'application/json'],
  ['a list', '[{"name":"x"}]', 'application/json'],
  ['a text', '"name"', 'application/json'],
  [
    'bytes that are not UTF-8',
    Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]),
    'application/json',
  ],
  ['UTF-16', Buffer.from('\ufeff{"name":"x"}', 'utf16le'), 'application/json'],
  ['a raw NUL', '{"name":"a\u0000b"}', 'application/json'],
  ['a poisoned prototype', '{"__proto__":{"a":1}}', 'application/json'],
  ['deep nesting', `${'{"rule":'.repeat(5_000)}1${'}'.repeat(5_000)}`, 'application/json'],
  [
    'a wide object',
    JSON.stringify(Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`k${n}`, n]))),
    'application/json',
  ],
  ['only unknown fields', '{"nobodyKnowsThis":1,"constructor":2,"toString":3}', 'application/json'],
  ['XML', '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', 'application/xml'],
  ['a form', 'name=x&name=y', 'application/x-www-form-urlencoded'],
  ['a multipart that is none', '--x\r\nnonsense', 'multipart/form-data; boundary=x'],
  ['a multipart without boundary', 'nonsense', 'multipart/form-data'],
  ['JSON called text', '{"name":"x"}', 'text/plain'],
  ['CSV', 'email\na@example.com\n', 'text/csv'],
  ['a content type that is none', '{"name":"x"}', ';;;/,"'],
];

/** What stands where an id belongs. None of it names anything. */
export const absurdIds: readonly string[] = [
  ...[
    '0',
    '1',
    '-1',
    'con_0',
    'con_-1',
    'con_1.5',
    'con_1e3',
    'con_01',
    'CON_1',
    'con_٣',
    ' con_1',
    'con_1%20',
  ],
  ...[
    '%00',
    'con_1%00',
    '%F0%28',
    '%ED%A0%80',
    '..%2f..%2f',
    '%2e%2e',
    'con_1%0d%0aX: y',
    'null',
    'undefined',
    '[object%20Object]',
  ],
  ...[
    'con_999999999999999',
    'con_9999999999999999999999',
    'xyz_1',
    '__proto__',
    'constructor',
    "1'%20OR%20'1'='1",
  ],
  ...[
    '%F0%9F%98%80',
    '%E2%80%AEcon_1',
    '%25',
    '*',
    '%3Cscript%3E',
    'x'.repeat(500),
    'x'.repeat(3_000),
    'msg_1_1',
    'msg_0_0',
  ],
  ...['msg_999999999999999_999999999999999', 'msg_1', 'msg_1_1_1', 'msg_9999999999999999999_1'],
];

/** What stands where a query parameter belongs. */
export const hostileQueries: readonly string[] = [
  ...[
    '',
    '%20',
    '0',
    '-1',
    '1e309',
    '99999999999999999999',
    '1.5',
    '0x10',
    'NaN',
    'abc',
    '%00',
    'a%00b',
    '%FF',
    '%',
  ],
  ...[
    '%ED%A0%80',
    '%F0%9F%98%80',
    '%E2%80%AE',
    '__proto__',
    "';--",
    '%0d%0aX:y',
    'x'.repeat(5_000),
    'MA',
    'LTE',
    'OTk5OTk5OTk5OTk5OTk5',
  ],
  ...['con_999999999999999', 'con_0', '../..', '%7B%22a%22:1%7D', '%5B%5D', 'true', 'null'],
];

/** Bodies as the schema wants them. Ids are those that exist, by prefix. */
export function bodiesOf(
  schema: JsonSchema,
  document: OpenApi,
  ids: Record<string, string>,
): fc.Arbitrary<unknown> {
  const of = (node: JsonSchema): fc.Arbitrary<unknown> => {
    if (node.$ref) return of(document.components.schemas[node.$ref.split('/').at(-1) ?? ''] ?? {});
    const prefix = /^\^([a-z]{3})_/.exec(node.pattern ?? '')?.[1];
    if (prefix) return fc.constantFrom(ids[prefix] ?? `${prefix}_1`, `${prefix}_999999`);
    if (node.examples) return fc.constantFrom(...node.examples);
    if ('example' in node) return fc.constant(node.example);
    if ('const' in node) return fc.constant(node.const);
    if (node.enum) return fc.constantFrom(...node.enum);
    const choices = node.anyOf ?? node.oneOf;
    if (choices) return fc.oneof(...choices.map(of));
    switch (node.type) {
      case 'object':
        return objects(node);
      case 'array':
        return fc.array(of(node.items ?? {}), {
          minLength: node.minItems ?? 0,
          maxLength: Math.min(node.maxItems ?? 3, 3),
        });
      case 'string':
        return texts(node);
      case 'integer':
        return fc.integer({ min: Math.max(node.minimum ?? -5, -5), max: Math.min(node.maximum ?? 1e6, 1e6) });
      case 'number':
        return fc.double({
          noNaN: true,
          min: node.minimum ?? node.exclusiveMinimum ?? -Number.MAX_VALUE,
          max: node.maximum ?? Number.MAX_VALUE,
          minExcluded: node.exclusiveMinimum !== undefined,
        });
      case 'boolean':
        return fc.boolean();
      case 'null':
        return fc.constant(null);
      default:
        return fc.jsonValue({ maxDepth: 2 });
    }
  };
  const objects = (node: JsonSchema): fc.Arbitrary<unknown> => {
    const { properties, additionalProperties } = node;
    if (!properties) {
      const value = of(typeof additionalProperties === 'object' ? additionalProperties : {});
      return fc.dictionary(fc.constantFrom('plan', 'score', 'toString', 'x'), value, { maxKeys: 3 });
    }
    const fields = Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, of(value)]));
    return fc.record(fields, { requiredKeys: (node.required ?? []) as never[] });
  };
  const texts = ({ format, pattern, minLength = 0, maxLength = 40 }: JsonSchema): fc.Arbitrary<string> => {
    if (format === 'email')
      return fc.constantFrom('mona@example.com', 'team@example.com', "o'k+1@xn--mgbh0fb.example");
    if (format === 'uri') return fc.constantFrom('https://nakheel.example/?a=b#c', 'http://مثال.example');
    if (format === 'date-time') return fc.constantFrom('2026-11-22T09:00:00Z', '2020-01-01T00:00:00+03:00');
    if (format === 'ipv4') return fc.ipV4();
    if (format === 'ipv6') return fc.ipV6();
    if (pattern !== undefined && !/\(\?|\\p|\\u/.test(pattern)) return fc.stringMatching(new RegExp(pattern));
    return fc.string({
      unit: 'grapheme',
      minLength,
      maxLength: Math.max(minLength, Math.min(maxLength, 40)),
    });
  };
  return of(schema);
}

export type Path = (string | number)[];

/** Every place of a value, the whole of it first. */
export function placesIn(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const inside = Object.entries(value).flatMap(([key, child]) => placesIn(child, [...path, key]));
  return [path, ...inside];
}

/** A copy with the value at one place changed; undefined leaves it out. */
export function withValueAt(
  value: unknown,
  [key, ...rest]: Path,
  change: (old: unknown) => unknown,
): unknown {
  if (key === undefined) return change(value);
  const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...(value as object) }) as Record<
    string,
    unknown
  >;
  const changed = withValueAt(copy[key], rest, change);
  if (changed !== undefined) return Object.assign(copy, { [key]: changed });
  return Object.fromEntries(Object.entries(copy).filter(([other]) => other !== key));
}

/** The body with one place of it made bad: replaced, left out, or with a field too many. */
export function mutated(bodies: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const damage = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...hostileValues).map(bad => (): unknown => bad) },
    { weight: 1, arbitrary: fc.constant((): unknown => undefined) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('extra', 'constructor', 'toString', '\ud800').map(
        key =>
          (old: unknown): unknown =>
            typeof old === 'object' && old !== null && !Array.isArray(old) ? { ...old, [key]: 'x' } : [old],
      ),
    },
  );
  return fc.tuple(bodies, fc.nat(), damage).map(([body, at, change]) => {
    const places = placesIn(body);
    return withValueAt(body, places[at % places.length] ?? [], change);
  });
}

const agent = new Agent({ keepAlive: true, maxSockets: 2 });

/** A request as bytes go: any method, any header, any path. A header with a list is sent several times. */
export function send(
  base: string,
  method: string,
  path: string,
  headers: Record<string, string | string[]> = {},
  body?: string | Buffer,
): Promise<RawAnswer> {
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const request = open({ hostname, port, method, path, agent, headers: { ...length, ...headers } });
    request.setTimeout(20_000, () => request.destroy(new Error(`${method} ${path} was never answered`)));
    request.once('response', response => {
      const chunks: Buffer[] = [];
      const end = (): void =>
        resolve({
          status: response.statusCode ?? 0,
          type: response.headers['content-type'] ?? '',
          text: Buffer.concat(chunks).toString(),
        });
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        // A stream that goes on for ever was seen to begin, which is enough.
        if (response.headers['content-type']?.startsWith('text/event-stream')) request.destroy();
      });
      response.once('end', end).once('close', end).once('error', end);
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** What is wrong with an answer to a bad request; null: nothing. */
export function faultOf({ status, type, text }: RawAnswer, hasBody = true): string | null {
  if (status >= 500) return `answered ${status}: ${text.slice(0, 200)}`;
  if (status < 400 || !hasBody) return null;
  if (!type.startsWith('application/problem+json'))
    return `a ${status} of type "${type}": ${text.slice(0, 100)}`;
  const problem = JSON.parse(text) as { status: number; code?: string; detail?: string; title?: string };
  if (problem.status !== status) return `a ${status} that calls itself ${problem.status}`;
  if (!/^[A-Z][A-Z0-9_]+$/.test(problem.code ?? '')) return `a ${status} with the code ${problem.code}`;
  if ((problem.detail ?? '').length < 10) return `a ${status} that does not say what to do`;
  if (text.length > 40_000) return `a ${status} of ${text.length} characters`;
  const inside = /QueryFailedError|node_modules|\bSELECT\b.*\bFROM\b|violates|\bat \S+ \(/.exec(text)?.[0];
  return inside ? `a ${status} that shows our inside: ${inside}` : null;
}
