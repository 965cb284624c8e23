import { type ServerResponse } from 'node:http';
import { LONGEST_SMS, sizeOfSms } from '#templates';
import { type ApiError } from './magic-numbers.js';
import { type StoredSms } from './sms-store.js';

/** What is refused before a request is looked into. */
export const errors = {
  notFound: { status: 404, code: 20404, message: 'The requested resource was not found' },
  notAllowed: { status: 401, code: 20003, message: 'Authenticate' },
  tooFast: { status: 429, code: 20429, message: 'Too Many Requests' },
  tooLarge: { status: 413, code: 20413, message: 'The request is too large' },
} satisfies Record<string, ApiError>;

/** What is missing or wrong in a request, as the API checks it. */
export function faultIn(form: URLSearchParams): ApiError | null {
  const is400 = (code: number, message: string): ApiError => ({ status: 400, code, message });
  const [to, from, service, text] = ['To', 'From', 'MessagingServiceSid', 'Body'].map(name => form.get(name));
  if (!to) return is400(21604, "A 'To' phone number is required.");
  if (!from && !service) return is400(21603, "A 'From' phone number is required.");
  if (!text) return is400(21602, 'Message body is required.');
  if (text.length > LONGEST_SMS)
    return is400(21617, `The concatenated message body exceeds the ${LONGEST_SMS} character limit`);
  if (!/^\+[1-9]\d{6,14}$/.test(to)) return is400(21211, `Invalid 'To' Phone Number: ${to}`);
  const valid = form.get('ValidityPeriod');
  if (valid !== null && !(/^\d+$/.test(valid) && Number(valid) >= 1 && Number(valid) <= 36_000))
    return is400(21625, "The 'ValidityPeriod' number is out of range");
  return null;
}

/** The Messages resource, as far as clients read it. */
export function toResource(sms: StoredSms, account: string): object {
  return {
    ...{ sid: sms.id, account_sid: account, from: sms.from, to: sms.to, body: sms.text, status: 'queued' },
    ...{
      num_segments: String(sizeOfSms(sms.text).parts),
      num_media: '0',
      direction: 'outbound-api',
      api_version: '2010-04-01',
    },
    ...{ price: null, price_unit: 'USD', error_code: null, error_message: null },
    ...{ date_created: new Date(sms.at).toUTCString(), date_updated: null, date_sent: null },
    ...{ uri: `/2010-04-01/Accounts/${account}/Messages/${sms.id}.json`, subresource_uris: {} },
    messaging_service_sid: sms.from.startsWith('MG') ? sms.from : null,
  };
}

export function refuse(response: ServerResponse, { status, code, message }: ApiError): void {
  if (status === 429) response.setHeader('retry-after', '1');
  tell(response, status, { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status });
}

export function tell(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
