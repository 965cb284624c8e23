import { Controller, Get, Headers, Inject, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import { type FastifyReply } from 'fastify';
import { ApiKeysService, bearerOf, requireScope } from '#access';
import { sameText } from '#common';
import { CONFIG, type Config } from '#config';
import { Metrics } from '#metrics';
import { Public } from '../http/auth.guard.js';

/** Figures for Prometheus. Its token is told apart from API keys, so that figures come also while PostgreSQL is away. */
@ApiTags('health')
@Public()
@Controller('metrics')
export class MetricsController {
  constructor(
    private readonly metrics: Metrics,
    private readonly keys: ApiKeysService,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Get()
  @ApiOperation({
    summary: 'Figures for Prometheus; needs METRICS_TOKEN, or a key with the scope metrics:read',
  })
  @ApiProduces('text/plain')
  @ApiBearerAuth()
  async read(
    @Headers('authorization') authorization: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { METRICS_TOKEN: token } = this.config;
    if (token === undefined || !sameText(bearerOf(authorization) ?? '', token)) {
      requireScope(await this.keys.authenticate(authorization), 'metrics:read');
    }
    void reply
      .header('content-type', this.metrics.contentType)
      .header('cache-control', 'no-store')
      .send(await this.metrics.render());
  }
}
