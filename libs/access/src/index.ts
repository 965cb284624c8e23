export * from './access.module.js';
export { ApiKey } from './api-key.entity.js';
export * from './api-keys.service.js';
export * from './audit-trail.js';
export { IdempotencyService, type Answer } from './idempotency.service.js';
export * from './rate-limits.js';
export * from './scopes.js';
