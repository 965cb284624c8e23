export { AttemptRepository } from './attempt.repository.js';
export { type Lease } from './chunk.repository.js';
export { type Settlement } from './settlement.js';
export { type AudienceCounts } from './audience.repository.js';
export * from './audience.service.js';
export * from './dispatch.js';
export { type AddedPerson } from './dispatch-person.repository.js';
export { type Imagined, imagined } from './imagined.js';
export { lanes } from './lanes.js';
export {
  DeliveryRepository,
  type DeliveryNews,
  type MessageFacts,
  type RefusedMessage,
} from './delivery.repository.js';
export { type DispatchState, dispatchStates, isEnded } from './dispatch-state.js';
export * from './dispatches.service.js';
export * from './email-composer.js';
export { EngagementLinks, type MeasuredLink } from './engagement-link.js';
export {
  type Evidence,
  type KeptEvidence,
  type LaterEvidence,
  laterEvidence,
  type OperatorWord,
  operatorWords,
} from './evidence.js';
export * from './freeze-dispatch.handler.js';
export { type Halt } from './halt.repository.js';
export {
  formatMessageId,
  type MessageKey,
  messageIdHeader,
  parseMessageId,
  readMessageIdHeader,
} from './message-key.js';
export * from './return-address.js';
export { reasonText } from './message-reason.js';
export * from './why.js';
export * from './why-words.js';
export { type Message, type MessageState, messageStates } from './message.repository.js';
export { MessageRetention } from './message-retention.service.js';
export * from './messages.service.js';
export { type ErrorBudget } from './pacing/error-budget.js';
export * from './pacing/error-budgets.service.js';
export * from './pacing/lane-brake.js';
export { type SlowLane } from './pacing/lane-speed.js';
export * from './pacing/pacing.service.js';
export * from './pacing/pacing-time.js';
export { perSecond, type Rate, type RatePeriod, ratePeriods } from './pacing/rate.js';
export * from './pacing/single-mail-pacer.js';
export { TokenBucketRepository } from './pacing/token-bucket.repository.js';
export { type Wait, waitCodes } from './pacing/waits.js';
export { type WarmUp, type WarmUpDay, warmUpToday, type WarmUpToday } from './pacing/warm-up.js';
export { WarmUpRepository } from './pacing/warm-up.repository.js';
export * from './pacing/warm-ups.service.js';
export { type Progress, type Waiting } from './progress.js';
export { type Resendable } from './resendable.js';
export * from './send-dispatch.handler.js';
export * from './sending-loop.js';
export * from './sending.module.js';
export { undecidedMessages } from './undecided.sql.js';
export * from './unknowns.service.js';
export { type SendingFigures, SendingFiguresRepository } from './sending-figures.repository.js';
export { sourceFor, type SourceOfSender, toSource } from './sms/sms-source.js';
export { BudgetWaitsRepository } from './sms/budget-waits.repository.js';
export { type SmsClosure } from './sms/sms-closure.js';
export * from './sms/sms-closures.service.js';
export { type SingleText, SingleTexts } from './sms/single-texts.service.js';
export { SecondTryRepository } from './sms/second-try.repository.js';
export { type SmsPrice, SmsPrices } from './sms/sms-price.js';
export { currencyFaults, SmsPricesService } from './sms/sms-prices.service.js';
export * from './sms/sms-sources.service.js';
export {
  type MessageCosts,
  type Spend,
  type SpendOf,
  SmsSpendRepository,
  type Taken,
} from './sms/sms-spend.repository.js';
export * from './sms/sms-spend.service.js';
export { readSmsToken, signSmsToken } from './sms/sms-token.js';
export { SmsComposer, type SmsJob, STATUS_PATH } from './sms/sms-composer.js';
export * from './sms/sms-previews.service.js';
export { SmsWayOuts } from './sms/sms-way-out.service.js';
export { type PhonePerson, SmsPeopleRepository } from './sms/sms-people.repository.js';
export { type SmsPurse } from './sms/sms-purse.js';
export { SmsPurses } from './sms/sms-purses.js';
export * from './sms/short-links.service.js';
