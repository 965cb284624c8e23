export { Attribute } from './attribute.entity.js';
export {
  ATTRIBUTE_KEY,
  attributeTypes,
  type AttributeType,
  type AttributeTypes,
  type AttributeValue,
  isDate,
} from './attribute-values.js';
export * from './attributes.service.js';
export { MOST_ATTRIBUTE_BYTES, parseAttribute } from './attribute-values.js';
export * from './consent-recorder.port.js';
export * from './contact-export.js';
export * from './contact-finder.service.js';
export { type ContactKey, type KeyProblem, normalKey } from './contact-keys.js';
export { type ContactInput, readContactInput } from './contact-input.js';
export * from './contact-profile.js';
export { Contact, toProfile } from './contact.entity.js';
export { type ContactFilter } from './contact.repository.js';
export * from './contacts.module.js';
export * from './contacts.service.js';
export { normalizeEmail } from './email-address.js';
export * from './import-options.js';
export { importError } from './import.errors.js';
export { type ImportWarning, importWarnings } from './import-row.js';
export { ImportRunner } from './import-runner.js';
export { importStates, type ImportState, isOver } from './import-state.js';
export { Import } from './import.entity.js';
export { type StoredRejection } from './import.repository.js';
export { ImportLimits, ImportsService } from './imports.service.js';
export * from './recognition.service.js';
export { normalizePhone, type PhoneFacts, phoneFacts, phoneTypes } from './phone-number.js';
export { COUNTRIES, parseCountry, parseLocale } from './place-and-language.js';
export { RunImportHandler } from './run-import.handler.js';
export { parseTimeZone, timeZoneOf } from './time-zone.js';
