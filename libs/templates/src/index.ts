export { type Direction } from './bidi.js';
export { escapeHtml } from './clean-text.js';
export { chooseLocale, spokenLocale } from './choose-locale.js';
export { CompiledTemplate, type RenderedEmail, type RenderedPieces } from './compiled-template.js';
export { type FaqEntry } from './faq-entry.js';
export * from './faqs.service.js';
export { type LinkMarking } from './link-marking.js';
export {
  type EventFacts,
  type FactName,
  type MessageSubject,
  noSubject,
  type OrderFacts,
  type PurchaseFacts,
} from './message-subject.js';
export { type SubjectOf } from './message-subject.repository.js';
export * from './message-subjects.service.js';
export { type FooterFacts, type Person, type RenderContext, type SenderIdentity } from './person.js';
export { type PromotionFault, promotionPath } from './promotion-lint.js';
export { type PromotionKind, promotionKinds } from './promotion-rules.js';
export { CompiledSms, type RenderedSms, type SmsContext } from './sms/compiled-sms.js';
export { programmeName, type SmsLegalFacts, type SmsWayOut } from './sms/sms-legal-text.js';
export { LONGEST_SMS, sizeOfSms, type SmsEncoding, type SmsSize } from './sms/sms-parts.js';
export { sampleContext, samplePerson, sampleSubject, unknownPerson } from './sample.js';
export { type Starter } from './starters.js';
export { missingParts, partLimits, type TemplateContent, type VariantContent } from './template-content.js';
export { type Wording } from './template-engine.js';
export { Template, TemplateVersion } from './template.entity.js';
export * from './templates.module.js';
export { type UtmTags, withUtm } from './utm.js';
export { StaticText, type TextPieces } from './text-pieces.js';
export {
  missingIn,
  type SavedTemplate,
  TemplatesService,
  type TemplateWithVersion,
} from './templates.service.js';
export * from './template-previews.service.js';
