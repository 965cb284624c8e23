import { Controller, Get, Header, Inject, Param, Query, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { type FastifyReply } from 'fastify';
import { notFound } from '#common';
import { type ReceivedMail, SandboxInbox } from '#transports';
import { Public } from '../../../api/src/http/auth.guard.js';
import { InboxPages, mailPolicy, secure } from './inbox-pages.js';
import { inboxQuery, type InboxQuery } from './inbox.schemas.js';
import { listItem, mailPage, withBlankTarget } from './inbox-view.js';

/** Shows what the sandbox inbox was sent. Only the standalone program has it, on its own machine. */
@ApiExcludeController()
@Public()
@Controller()
export class InboxController {
  constructor(
    @Inject(SandboxInbox) private readonly inbox: SandboxInbox,
    private readonly pages: InboxPages,
  ) {}

  @Get('inbox')
  async list(@Query({ schema: inboxQuery }) query: InboxQuery, @Res() reply: FastifyReply): Promise<void> {
    await this.pages.send(reply, 'list', { ...(await this.#found(query)), port: this.inbox.port });
  }

  @Get('inbox.json')
  @Header('cache-control', 'no-store')
  async json(@Query({ schema: inboxQuery }) query: InboxQuery): Promise<object> {
    return this.#found(query);
  }

  @Get('inbox/:id')
  async mail(@Param('id') id: string, @Res() reply: FastifyReply): Promise<void> {
    const mail = await this.inbox.get(id);
    if (mail) await this.pages.send(reply, 'mail', mailPage(mail));
    else await this.pages.send(reply.status(404), 'missing', {});
  }

  @Get('inbox/:id/html')
  async html(@Param('id') id: string, @Res() reply: FastifyReply): Promise<void> {
    const mail = await this.#mail(id);
    secure(reply, mailPolicy)
      .header('content-type', 'text/html; charset=utf-8')
      .send(withBlankTarget(mail.html ?? ''));
  }

  @Get('inbox/:id/raw')
  async raw(@Param('id') id: string, @Res() reply: FastifyReply): Promise<void> {
    const mail = await this.#mail(id);
    secure(reply, "default-src 'none'; sandbox")
      .header('content-type', 'message/rfc822')
      .header('content-disposition', `attachment; filename="${mail.id}.eml"`)
      .send(mail.raw);
  }

  async #found({ q, limit }: InboxQuery): Promise<object> {
    const items = (await this.inbox.list({ search: q, limit })).map(listItem);
    return { kept: this.inbox.count, received: this.inbox.received, refused: this.inbox.refused, q, items };
  }

  async #mail(id: string): Promise<ReceivedMail> {
    const mail = await this.inbox.get(id);
    if (!mail) throw notFound('mail', id);
    return mail;
  }
}
