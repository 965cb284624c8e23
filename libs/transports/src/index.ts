export * from './email/create-email-transport.js';
export * from './email/email-transport.js';
export * from './email/sandbox/sandbox-inbox.js';
export { type MailSummary, type ReceivedMail, type StoredMail } from './email/sandbox/received-mail.js';
export { parseRelayUrl, type RelayOptions, type Timeouts } from './email/smtp/relay-options.js';
export { SmtpTransport } from './email/smtp/smtp-transport.js';
export * from './transports.module.js';
export * from './served-channels.js';
