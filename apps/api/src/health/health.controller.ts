import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { DomainError } from '#common';
import { Database } from '#database';
import { Public } from '../http/auth.guard.js';

@ApiTags('health')
@Public()
@Controller('health')
export class HealthController {
  constructor(private readonly db: Database) {}

  @Get('live')
  @ApiOperation({ summary: 'Whether the process runs' })
  live(): { status: string } {
    return { status: 'up' };
  }

  @Get('ready')
  @ApiOperation({ summary: 'Whether it can answer: PostgreSQL is reached' })
  async ready(): Promise<{ status: string }> {
    if (await this.db.ping()) return { status: 'ready' };
    throw new DomainError({
      kind: 'unavailable',
      code: 'DATABASE_UNREACHABLE',
      message: 'PostgreSQL does not answer.',
      retryable: true,
    });
  }
}
