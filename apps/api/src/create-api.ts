import multipart from '@fastify/multipart';
import { type DynamicModule, Module, type ModuleMetadata } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { type DataSource } from 'typeorm';
import { type Clock, LOGGER, type Logger, NestLogger } from '#common';
import { type Config, ConfigModule } from '#config';
import { ConsentModule } from '#consent';
import { DatabaseModule } from '#database';
import { Metrics } from '#metrics';
import { QueueModule } from '#queue';
import { ApiModule } from './api.module.js';
import { addBodyParsers, BODY_LIMIT } from './http/body-parsers.js';
import { answerUnreadable } from './http/client-errors.js';
import { STOP_MS, stopGracefully } from './http/graceful-stop.js';
import { observeRequests } from './http/observe-requests.js';
import { problem } from './http/problem.js';
import { OpenApiHolder } from './openapi/openapi.holder.js';
import { openApiDocument } from './openapi/openapi.js';

export interface ApiOptions {
  clock?: Clock;
  /** What runs in the same process: the standalone program adds the worker and the inbox. */
  imports?: NonNullable<ModuleMetadata['imports']>;
  /** How long requests under way may take once a stop began, in milliseconds. */
  stopMs?: number;
}

@Module({})
class ApiRoot {
  static forRoot(config: Config, dataSource: DataSource, { clock, imports = [] }: ApiOptions): DynamicModule {
    return {
      module: ApiRoot,
      imports: [
        ConfigModule.forRoot(config, clock),
        DatabaseModule.forRoot(dataSource),
        QueueModule,
        ConsentModule,
        ApiModule,
        ...imports,
      ],
    };
  }
}

/** The API, ready to listen. The caller connected and migrated the database, and closes both, the API first. */
export async function createApi(
  config: Config,
  dataSource: DataSource,
  options: ApiOptions = {},
): Promise<NestFastifyApplication> {
  const app = await assembleApi(config, dataSource, options);
  await app.init();
  return app;
}

/** The API with its description, and nothing begun: needs no database. */
export async function assembleApi(
  config: Config,
  dataSource: DataSource,
  options: ApiOptions = {},
): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_LIMIT,
    trustProxy: config.trustedProxies.length > 0 ? config.trustedProxies : false,
    routerOptions: { maxParamLength: 600 },
    forceCloseConnections: 'idle',
    clientErrorHandler: answerUnreadable,
    // An address that cannot even be decoded (`/u/%zz`) never reaches a route, nor the filter that writes problems.
    frameworkErrors: (_error: unknown, _request: FastifyRequest, reply: FastifyReply) => {
      const answer = problem(
        'not_found',
        'ADDRESS_MALFORMED',
        'This address cannot be read. Check how it was copied.',
      );
      void reply
        .status(answer.status)
        .header('content-type', 'application/problem+json; charset=utf-8')
        .send(answer);
    },
  });
  const root = ApiRoot.forRoot(config, dataSource, options);
  const app = await NestFactory.create<NestFastifyApplication>(root, adapter, {
    bodyParser: false,
    abortOnError: false,
    logger: false,
  });
  app.useLogger(new NestLogger(app.get<Logger>(LOGGER)));
  const fastify = adapter.getInstance() as never;
  stopGracefully(fastify, options.stopMs ?? STOP_MS);
  observeRequests(fastify, app.get(Metrics), app.get<Logger>(LOGGER));
  addBodyParsers(fastify);
  await app.register(multipart as never, { throwFileSizeLimit: true });
  app.get(OpenApiHolder).document = openApiDocument(app);
  return app;
}
