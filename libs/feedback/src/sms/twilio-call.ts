import { type Config } from '#config';
import { isSigned, type SignedFields } from '#transports';
import { type Refusal, refused } from '../providers/index.js';

/** As feedback names whom it is from. */
export const PROVIDER = 'twilio';

/** A call of Twilio's, as it came. */
export interface TwilioRequest {
  /** Path and query, as received. */
  path: string;
  signature: string | undefined;
  body: Buffer;
}

/** What a call says, by Twilio's names (`MessageSid`, `From`); of one that comes twice the first. */
export type TwilioFields = Readonly<Record<string, string | undefined>>;

/**
 * A call that provably is Twilio's. Its address is the public one, whatever stands between: that one Twilio was told, and
 * signed. A body that is JSON is known by its hash in the address.
 */
export function readTwilioCall(
  { path, signature, body }: TwilioRequest,
  { twilio, publicUrl }: Pick<Config, 'twilio' | 'publicUrl'>,
): { kind: 'call'; fields: TwilioFields } | Refusal {
  if (twilio === null)
    return refused(
      'WEBHOOK_NOT_CONFIGURED',
      'SMS are not set up here. Set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN first.',
    );
  const url = publicUrl.replace(/\/$/, '') + path;
  const isJson = /[?&]bodySHA256=/.test(path);
  const form = isJson ? {} : formOf(body);
  if (!twilio.authTokens.some(token => isSigned(token, signature, url, form, body)))
    return refused(
      'WEBHOOK_SIGNATURE_INVALID',
      'This is not signed by Twilio with our auth token for this address. Compare PUBLIC_URL with what Twilio calls.',
    );
  const fields = isJson ? jsonOf(body) : firstOf(form);
  return fields
    ? { kind: 'call', fields }
    : refused('WEBHOOK_UNREADABLE', 'The body is neither a form nor JSON.');
}

function formOf(body: Buffer): SignedFields {
  const fields = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(body.toString('utf8')))
    fields.set(name, [...(fields.get(name) ?? []), value]);
  return Object.fromEntries(fields);
}

function firstOf(form: SignedFields): TwilioFields {
  return Object.fromEntries(Object.entries(form).map(([name, value]) => [name, [value].flat()[0]]));
}

function jsonOf(body: Buffer): TwilioFields | null {
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, one]) =>
      typeof one === 'string' || typeof one === 'number' ? [[name, String(one)]] : [],
    ),
  );
}
