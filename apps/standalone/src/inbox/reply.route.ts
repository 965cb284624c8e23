import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { type FastifyAdapter } from '@nestjs/platform-fastify';
import { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { LONGEST_SMS } from '#templates';
import { SandboxPhone } from '#transports';
import { readForm } from '../../../api/src/public/form-body.js';
import { InboxPages } from './inbox-pages.js';
import { InboxParts } from './inbox-parts.js';
import { canBeAnswered, phoneUrl } from './phones-view.js';

/** The longest SMS as a form sends it, each of its bytes written with three. */
const BODY_LIMIT = 16 * 1024;

/**
 * `POST /inbox/phones/:number`: what the owner of a phone answers. A Fastify plugin and not a controller, because the API
 * takes JSON alone, and this is the form of a page.
 */
@Injectable()
export class ReplyRoute implements OnModuleInit {
  constructor(
    private readonly host: HttpAdapterHost<FastifyAdapter>,
    private readonly phone: SandboxPhone,
    private readonly parts: InboxParts,
    private readonly pages: InboxPages,
  ) {}

  onModuleInit(): void {
    const fastify = this.host.httpAdapter.getInstance() as unknown as FastifyInstance;
    // Not awaited: that would boot Fastify before Nest has set its error handler. It is loaded when the server is.
    void fastify.register(async scope => {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: BODY_LIMIT }, (_request, body, done) =>
        done(null, body),
      );
      scope.post('/inbox/phones/:number', (request, reply) => this.#answer(request, reply));
    });
  }

  async #answer(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    // An answer such as STOP changes what people agreed to: no other site may have a browser give it.
    if (!isOurPage(request)) return reply.status(403).send({ detail: 'Answers are written on the page.' });
    const from = `+${(request.params as { number: string }).number}`;
    const form = await readForm(request.body as Buffer | undefined);
    const to = form.one('to') ?? '';
    if (!canBeAnswered(to) || !this.#wrote(to, from)) {
      await this.pages.send(reply.status(404), 'missing', { kind: 'phone' });
      return reply;
    }
    const text = (form.one('text') ?? '').replaceAll('\r\n', '\n').trim().slice(0, LONGEST_SMS);
    // That nobody took it is shown with the message.
    if (text !== '') await this.phone.reply(this.parts.inboundUrl, { from, to, text }).catch(() => undefined);
    return reply.redirect(`${phoneUrl(from)}#t1`, 303);
  }

  #wrote(sender: string, number: string): boolean {
    return this.phone
      .history()
      .some(sms => sms.direction !== 'inbound' && sms.from === sender && sms.to === number);
  }
}

/** Browsers say which site a form is of: where it is on this machine or encrypted by the first header, else by the second. */
function isOurPage({ headers }: FastifyRequest): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin';
  const { origin, host } = headers;
  return origin === undefined || origin.replace(/^https?:\/\//, '') === host;
}
