import { Module } from '@nestjs/common';
import { ApiKeyRepository } from './api-key.repository.js';
import { ApiKeysService } from './api-keys.service.js';
import { AuditTrail } from './audit-trail.js';
import { IdempotencyRepository } from './idempotency.repository.js';
import { IdempotencyService } from './idempotency.service.js';
import { RateLimits } from './rate-limits.js';

@Module({
  providers: [
    ApiKeyRepository,
    ApiKeysService,
    AuditTrail,
    IdempotencyRepository,
    IdempotencyService,
    RateLimits,
  ],
  exports: [ApiKeysService, AuditTrail, IdempotencyService, RateLimits],
})
export class AccessModule {}
