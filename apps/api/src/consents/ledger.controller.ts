import { Controller, Get } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { formatId } from '#common';
import { LedgerIntegrityService } from '#consent';
import { RequireScope } from '../http/auth.guard.js';
import { Heavy } from '../http/heavy.interceptor.js';
import { type VerificationView, verificationView } from './consents.schemas.js';

@ApiTags('consents')
@ApiBearerAuth()
@Controller('v1/ledger')
@RequireScope('consents:read')
export class LedgerController {
  constructor(private readonly integrity: LedgerIntegrityService) {}

  @Get('verification')
  @Heavy()
  @ApiOperation({
    summary: 'Walk the consent ledger: whether anything in it was changed, removed or slipped in',
  })
  @ApiResponse({ status: 200, standardSchema: verificationView })
  async verify(): Promise<VerificationView> {
    const found = await this.integrity.verify();
    return {
      ...found,
      breaches: found.breaches.map(breach => ({
        ...breach,
        eventId: formatId('consentEvent', breach.eventId),
      })),
      strangers: found.strangers.map(eventId => formatId('consentEvent', eventId)),
    };
  }
}
