export * from './apply-feedback.handler.js';
export * from './feedback.js';
export * from './feedback.module.js';
export { type FeedbackCount } from './feedback.repository.js';
export * from './feedback.service.js';
export * from './inbound-listener.js';
export * from './inbound-mail.service.js';
export * from './provider-webhooks.service.js';
export {
  type Fetcher,
  type ProviderRequest,
  type ProviderSecrets,
  type RefusalCode,
  webhookProviders,
} from './providers/index.js';
export { canonicalString, readSnsMessage } from './providers/sns-message.js';
export * from './read-inbound-mail.handler.js';
export * from './reply-forwarder.js';
export { type TimelineRow } from './timeline.repository.js';
export * from './timeline.service.js';
export * from './engagement/index.js';
export { readSms, type ReadSms, type SmsCommand } from './sms/sms-command.js';
export {
  defaultKeywords,
  type KeywordCommand,
  keywordCommands,
  type SmsKeywords,
} from './sms/sms-keywords.js';
export * from './sms/sms-keywords.service.js';
export { type TwilioRequest } from './sms/twilio-call.js';
export * from './sms/twilio-webhooks.service.js';
