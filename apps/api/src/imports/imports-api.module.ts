import { Module, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { type FastifyInstance } from 'fastify';
import { DomainError } from '#common';
import { ContactsModule } from '#contacts';
import { ImportsController } from './imports.controller.js';

const elsewhere = new DomainError({
  kind: 'unsupported',
  code: 'CONTENT_TYPE_UNSUPPORTED',
  message: 'CSV is taken at POST /v1/imports only; send application/json here.',
});

@Module({ imports: [ContactsModule], controllers: [ImportsController] })
export class ImportsApiModule implements OnModuleInit {
  constructor(private readonly host: HttpAdapterHost) {}

  /** A CSV body is left unread: the import takes it as it arrives. */
  onModuleInit(): void {
    const fastify = this.host.httpAdapter.getInstance<FastifyInstance>();
    if (fastify.hasContentTypeParser('text/csv')) return;
    fastify.addContentTypeParser('text/csv', (request, _payload, done) =>
      request.routeOptions.url === '/v1/imports' ? done(null, undefined) : done(elsewhere),
    );
  }
}
