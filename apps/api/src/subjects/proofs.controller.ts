import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { ProofsService } from '#consent';
import { RequireScope } from '../http/auth.guard.js';
import { normalizedAddress } from '../http/normalized-address.js';
import { proofQuery, type ProofQuery, proofsView } from './subjects.schemas.js';
import { toProofView } from './subjects.views.js';

@ApiTags('subject rights')
@ApiBearerAuth()
@Controller('v1/proofs')
@RequireScope('proofs:read')
export class ProofsController {
  constructor(private readonly proofs: ProofsService) {}

  @Get()
  @ApiOperation({
    summary: 'The minimal proofs of somebody who was erased, found by their address',
    description:
      'Kept apart for the defence of claims, under a scope of its own, and deleted when its time is up.',
  })
  @ApiResponse({ status: 200, standardSchema: proofsView })
  async find(
    @Query({ schema: proofQuery }) { channel, address }: ProofQuery,
  ): Promise<z.infer<typeof proofsView>> {
    const found = await this.proofs.find(channel, normalizedAddress(channel, address));
    return { items: found.map(toProofView) };
  }
}
