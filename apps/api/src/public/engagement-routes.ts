import { Inject, Injectable } from '@nestjs/common';
import { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { TokenSigner } from '#common';
import { type Asking, EngagementRecorder, locationOf } from '#feedback';
import { EngagementLinks, ShortLinksService } from '#sending';
import { ProblemPage } from './problem.page.js';
import { tokenOf } from './token-of.js';

/** A GIF of one transparent point: 43 octets, which is as small as one that every program shows can be. */
const picture = Buffer.from('R0lGODlhAQABAIAAAP///wAAACH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==', 'base64');

/** Whatever asks is answered alike; what is not a GET is flagged. */
const methods = ['GET', 'HEAD', 'OPTIONS'];

/**
 * The addresses that measure: /l (a link) and /o (the picture that tells of an open); and /r, which only leads on. Where a link leads stands in its
 * signed token and nowhere else, so nobody can make one that leads elsewhere, and answering needs neither database nor queue: it
 * goes on while PostgreSQL is away. What happened is taken down behind the answer.
 */
@Injectable()
export class EngagementRoutes {
  readonly #links: EngagementLinks;

  constructor(
    @Inject(TokenSigner) signer: TokenSigner,
    private readonly recorder: EngagementRecorder,
    private readonly problems: ProblemPage,
    private readonly shortLinks: ShortLinksService,
  ) {
    this.#links = new EngagementLinks(signer);
  }

  /** @param scope the customer pages', whose headers every answer bears: not stored, not indexed, no referrer. */
  add(scope: FastifyInstance): void {
    scope.route({ method: methods, url: '/l/*', handler: (request, reply) => this.#follow(request, reply) });
    scope.route({ method: methods, url: '/r/*', handler: (request, reply) => this.#lead(request, reply) });
    scope.route({ method: methods, url: '/o/*', handler: (request, reply) => this.#see(request, reply) });
  }

  #follow(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const link = this.#links.readClick(tokenOf(request));
    if (!link) {
      const { status, headers, body } = this.problems.badLink(request);
      return reply.status(status).headers(headers).send(body);
    }
    this.recorder.clicked(link, askingOf(request));
    return reply.status(302).header('location', locationOf(link.destination)).send();
  }

  /** A shortened link of an SMS: it names nobody, and nothing is taken down. */
  async #lead(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const destination = await this.shortLinks.destinationOf(tokenOf(request));
    if (destination !== null) return reply.status(302).header('location', locationOf(destination)).send();
    const { status, headers, body } = this.problems.badLink(request);
    return reply.status(status).headers(headers).send(body);
  }

  /** A picture whatever was asked for: a broken one in a mail helps nobody, and tells whoever guesses something. */
  #see(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const key = this.#links.readOpen(tokenOf(request));
    if (key) this.recorder.opened(key, askingOf(request));
    return reply.status(200).header('content-type', 'image/gif').send(picture);
  }
}

function askingOf({ method, headers }: FastifyRequest): Asking {
  const purpose = headers['sec-purpose'] ?? headers['purpose'] ?? headers['x-purpose'];
  return { method, userAgent: headers['user-agent'], purpose: Array.isArray(purpose) ? purpose[0] : purpose };
}
