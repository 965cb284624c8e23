/** What an API key may do. `x:write` does not include `x:read`: a form on a web site needs only the former. */
export const scopes = [
  'contacts:read',
  'contacts:write',
  'consents:read',
  'consents:write',
  'proofs:read',
  'senders:read',
  'senders:write',
  'segments:read',
  'segments:write',
  'templates:read',
  'templates:write',
  'law:read',
  'law:write',
  'campaigns:read',
  'campaigns:write',
  'campaigns:send',
  'messages:read',
  'forms:read',
  'forms:write',
  'sign-ups:write',
  'webhooks:read',
  'webhooks:write',
  'metrics:read',
  'keys:write',
] as const;

export type Scope = (typeof scopes)[number];
