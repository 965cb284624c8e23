import { Injectable } from '@nestjs/common';
import { type FastifyRequest } from 'fastify';
import { BadLinkLimit } from './bad-link-limit.js';
import { type Page, PageRenderer } from './page-renderer.js';
import { visitorOf } from './visitor.js';

export type Problem = 'link' | 'large' | 'many' | 'unread' | 'fault';

/** What a person reads when something is wrong with what they opened or sent. */
@Injectable()
export class ProblemPage {
  constructor(
    private readonly renderer: PageRenderer,
    private readonly limit: BadLinkLimit,
  ) {}

  show(problem: Problem, status: number, request: FastifyRequest): Page {
    const { chosenLocale, browserLocale } = visitorOf(request);
    const data = { heading: `problem.${problem}.heading`, lead: `problem.${problem}.lead` };
    return this.renderer.render('problem', chosenLocale ?? browserLocale, data, status);
  }

  /** One answer for every link that is not ours, malformed or forged: there is nothing to learn from it. */
  badLink(request: FastifyRequest): Page {
    return this.limit.allow(request.ip) ? this.show('link', 404, request) : this.show('many', 429, request);
  }
}
