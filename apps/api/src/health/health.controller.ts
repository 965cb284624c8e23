import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { DomainError } from '#common';
import { AddressKeys, Database } from '#database';
import { Public } from '../http/auth.guard.js';

@ApiTags('health')
@Public()
@Controller('health')
export class HealthController {
  constructor(
    private readonly db: Database,
    private readonly addressKeys: AddressKeys,
  ) {}

  @Get('live')
  @ApiOperation({ summary: 'Whether the process runs' })
  live(): { status: string } {
    return { status: 'up' };
  }

  @Get('ready')
  @ApiOperation({
    summary: 'Whether it can answer: PostgreSQL is reached, and no newer address key was added',
  })
  async ready(): Promise<{ status: string }> {
    if (await this.db.ping()) {
      await this.addressKeys.requireCurrent();
      return { status: 'ready' };
    }
    throw new DomainError({
      kind: 'unavailable',
      code: 'DATABASE_UNREACHABLE',
      message: 'PostgreSQL does not answer.',
      retryable: true,
    });
  }
}
