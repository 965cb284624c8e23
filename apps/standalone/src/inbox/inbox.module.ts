import { type DynamicModule, Module } from '@nestjs/common';
import { SandboxInbox, SandboxPhone } from '#transports';
import { InboxController } from './inbox.controller.js';
import { InboxPages } from './inbox-pages.js';
import { InboxParts } from './inbox-parts.js';
import { PhonesController } from './phones.controller.js';
import { ReplyRoute } from './reply.route.js';

/** The pages of the sandbox inbox and the sandbox phone. Whoever started these also closes them. */
@Module({})
export class InboxModule {
  static forRoot(parts: InboxParts): DynamicModule {
    const { inbox, phone } = parts;
    return {
      module: InboxModule,
      controllers: [...(phone ? [PhonesController] : []), ...(inbox ? [InboxController] : [])],
      providers: [
        ...[{ provide: InboxParts, useValue: parts }, InboxPages],
        ...(inbox ? [{ provide: SandboxInbox, useValue: inbox }] : []),
        ...(phone ? [{ provide: SandboxPhone, useValue: phone }, ReplyRoute] : []),
      ],
    };
  }
}
