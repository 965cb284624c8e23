export * from './compile-rule.js';
export { type Predicate } from './condition.js';
export {
  type AttributeDefinition,
  FieldCatalogue,
  type QueryBuilderField,
  type TopicName,
} from './field-catalogue.js';
export { type Operator, operators } from './operators.js';
export { type DatedValue, limits as ruleLimits, type Rule, type RuleGroup, type RuleValue } from './rule.js';
export { Segment } from './segment.entity.js';
export { SegmentRepository } from './segment.repository.js';
export * from './segments.module.js';
export * from './segments.service.js';
