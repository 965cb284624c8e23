import { type DynamicModule, Module } from '@nestjs/common';
import { SandboxInbox } from '#transports';
import { InboxController } from './inbox.controller.js';
import { InboxPages } from './inbox-pages.js';

/** The pages of the sandbox inbox. Whoever started the inbox also closes it. */
@Module({})
export class InboxModule {
  static forRoot(inbox: SandboxInbox): DynamicModule {
    return {
      module: InboxModule,
      controllers: [InboxController],
      providers: [{ provide: SandboxInbox, useValue: inbox }, InboxPages],
    };
  }
}
