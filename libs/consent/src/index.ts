export * from './bases.js';
export * from './confirmation.js';
export * from './confirmation-link.js';
export { type ConfirmationRecord } from './confirmation.repository.js';
export * from './confirmation-mails.service.js';
export * from './confirmations.service.js';
export * from './consent-condition.sql.js';
export * from './consent-event.js';
export * from './consent-history.service.js';
export * from './consent.module.js';
export * from './consents.service.js';
export * from './decision.js';
export * from './decisions.service.js';
export * from './frequency-cap.js';
export * from './frequency-caps.service.js';
export { type GateQuestion, type GateRow } from './gate.repository.js';
export * from './erased-addresses.service.js';
export * from './expire-consents.handler.js';
export * from './fold-forecast.handler.js';
export * from './forecasts.service.js';
export * from './gate.service.js';
export * from './gate.sql.js';
export { type Grant, isGenuineGrant } from './grant.js';
export * from './law-cells.js';
export * from './law-duties.js';
export { LawInForce, LawsNow } from './law-in-force.js';
export * from './law-override.js';
export * from './law-pack.js';
export { lawPacks } from './law-packs/index.js';
export * from './law-packs.service.js';
export * from './ledger-integrity.service.js';
export {
  type Breach,
  breachKinds,
  type ChainFacts,
  type Link,
  type PurgeReason,
  purgeReasons,
} from './ledger-seal.repository.js';
export * from './phone-consents.service.js';
export * from './reasons.js';
export * from './seal-ledger.handler.js';
export * from './sender-requirements.js';
export { Sender } from './sender.entity.js';
export * from './senders.service.js';
export * from './similar-categories.service.js';
export * from './subscription-link.js';
export * from './subscription-preference.js';
export * from './subscription-preferences.service.js';
export { type Suppression, suppressionReasons, type SuppressionReason } from './suppression.repository.js';
export * from './suppressions.service.js';
export { type TeamAddress } from './team-address.repository.js';
export * from './team-addresses.service.js';
export * from './topic.entity.js';
export * from './tracking.js';
export * from './tracking.service.js';
export * from './tracking.sql.js';
export { type ConsentProof } from './consent-proof.repository.js';
export * from './consent-words.js';
export * from './law-words.js';
export * from './ledger-retention.service.js';
export * from './proofs.service.js';
export * from './receipt.js';
export * from './receipts.service.js';
export * from './rights-law.js';
export * from './words.js';
