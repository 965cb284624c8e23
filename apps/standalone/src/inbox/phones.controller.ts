import { Controller, Get, Header, Inject, Param, Query, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { type FastifyReply } from 'fastify';
import { SandboxPhone, type StoredSms } from '#transports';
import { Public } from '../../../api/src/http/auth.guard.js';
import { InboxPages } from './inbox-pages.js';
import { inboxQuery, type InboxQuery } from './inbox.schemas.js';
import { phoneItem, phonePage, phonesOf, smsItem } from './phones-view.js';

/** Shows what the sandbox phone was sent, as the phones it was for would show it. */
@ApiExcludeController()
@Public()
@Controller()
export class PhonesController {
  constructor(
    @Inject(SandboxPhone) private readonly phone: SandboxPhone,
    private readonly pages: InboxPages,
  ) {}

  @Get('inbox/phones')
  async list(
    @Query({ schema: inboxQuery }) { q, limit }: InboxQuery,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const phones = phonesOf(this.#found(q));
    const items = phones.slice(0, limit).map(phoneItem);
    const { count: kept, url: api } = this.phone;
    await this.pages.send(reply, 'phones', { q, kept, items, found: phones.length, api });
  }

  @Get('inbox/phones.json')
  @Header('cache-control', 'no-store')
  json(@Query({ schema: inboxQuery }) { q, limit }: InboxQuery): object {
    const items = this.#found(q).slice(0, limit).map(smsItem);
    return { kept: this.phone.count, received: this.phone.received, q, items };
  }

  @Get('inbox/phones/:number')
  async page(@Param('number') number: string, @Res() reply: FastifyReply): Promise<void> {
    const [phone] = phonesOf(this.phone.history().filter(isOf(`+${number}`)));
    if (phone) await this.pages.send(reply, 'phone', phonePage(phone));
    else await this.pages.send(reply.status(404), 'missing', { kind: 'phone' });
  }

  #found(q: string): StoredSms[] {
    const all = this.phone.history();
    const words = q.toLowerCase();
    return q === ''
      ? all
      : all.filter(sms => [sms.from, sms.to, sms.text].some(one => one.toLowerCase().includes(words)));
  }
}

function isOf(number: string): (sms: StoredSms) => boolean {
  return ({ direction, from, to }) => (direction === 'inbound' ? from : to) === number;
}
