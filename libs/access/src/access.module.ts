import { Module } from '@nestjs/common';
import { ApiKeyRepository } from './api-key.repository.js';
import { ApiKeysService } from './api-keys.service.js';
import { AuditTrail } from './audit-trail.js';
import { IdempotencyRepository } from './idempotency.repository.js';
import { IdempotencyService } from './idempotency.service.js';

@Module({
  providers: [ApiKeyRepository, ApiKeysService, AuditTrail, IdempotencyRepository, IdempotencyService],
  exports: [ApiKeysService, AuditTrail, IdempotencyService],
})
export class AccessModule {}
