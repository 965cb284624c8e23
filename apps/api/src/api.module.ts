import { Module } from '@nestjs/common';
import { ConsentModule } from '#consent';
import { HealthController } from './health/health.controller.js';
import { HttpModule } from './http/http.module.js';
import { KeysController } from './keys/keys.controller.js';
import { DocsController } from './openapi/docs.controller.js';
import { OpenApiHolder } from './openapi/openapi.holder.js';
import { PublicModule } from './public/public.module.js';

/** Every concept of the API, a folder each. */
@Module({
  imports: [HttpModule, ConsentModule, PublicModule],
  controllers: [HealthController, KeysController, DocsController],
  providers: [OpenApiHolder],
})
export class ApiModule {}
