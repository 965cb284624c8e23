import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { type FastifyAdapter } from '@nestjs/platform-fastify';
import { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { LOGGER, type Logger } from '#common';
import { ConfirmationPage } from './confirmation.page.js';
import { EngagementRoutes } from './engagement-routes.js';
import { ErasurePage } from './erasure.page.js';
import { FORM_LIMIT, type Form, readForm } from './form-body.js';
import { HeldPage } from './held.page.js';
import { OptInPage } from './opt-in.page.js';
import { guardHeaders, type Page } from './page-renderer.js';
import { PreferencePage } from './preference.page.js';
import { type Problem, ProblemPage } from './problem.page.js';
import { SignUpPage } from './sign-up.page.js';
import { tokenOf } from './token-of.js';
import { UnsubscribePage } from './unsubscribe.page.js';
import { type Visit, VisitsService } from './visits.service.js';
import { type Visitor, visitorOf } from './visitor.js';

type Show = (token: string, visitor: Visitor) => Promise<Page | null>;
type Press = (token: string, visitor: Visitor, form: Form) => Promise<Page | null>;

/**
 * The routes of the customer pages: /u (unsubscribe), /p (preferences), /d (what is held), /e (erasure), /v (confirmation of a team
 * address), /s (sign-up), /c (confirmation of a sign-up); and those that measure (EngagementRoutes).
 *
 * They are a Fastify plugin and not a Nest controller, because they obey other rules than the API: no key, forms of
 * any make instead of JSON, pages instead of problems. Fastify keeps a plugin's parsers, hooks and error handler to
 * itself, so none of this can loosen the API, and no guard or parser of the API can stand before an unsubscribe
 * (no CSRF or Origin check, no redirect, no cookie: RFC 8058 section 3.1).
 */
@Injectable()
export class PublicRoutes implements OnModuleInit {
  constructor(
    private readonly host: HttpAdapterHost<FastifyAdapter>,
    private readonly visits: VisitsService,
    private readonly unsubscribe: UnsubscribePage,
    private readonly preferences: PreferencePage,
    private readonly held: HeldPage,
    private readonly erasure: ErasurePage,
    private readonly confirmation: ConfirmationPage,
    private readonly signUp: SignUpPage,
    private readonly optIn: OptInPage,
    private readonly engagement: EngagementRoutes,
    private readonly problems: ProblemPage,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onModuleInit(): void {
    const fastify = this.host.httpAdapter.getInstance() as unknown as FastifyInstance;
    // Not awaited: that would boot Fastify before Nest has set its error handler. It is loaded when the server is.
    void fastify.register(async scope => {
      this.#obeyOtherRules(scope);
      this.engagement.add(scope);
      const { unsubscribe, preferences, held, erasure, confirmation, signUp, optIn } = this;
      this.#route(
        scope,
        '/u/*',
        this.#visited(visit => unsubscribe.show(visit)),
        this.#visited((visit, form) => unsubscribe.press(visit, form)),
      );
      this.#route(
        scope,
        '/p/*',
        this.#visited(visit => preferences.show(visit)),
        this.#visited((visit, form) => preferences.press(visit, form)),
      );
      this.#route(
        scope,
        '/d/*',
        this.#visited(visit => held.show(visit)),
        this.#visited((visit, form) => held.press(visit, form)),
      );
      this.#route(
        scope,
        '/e/*',
        this.#visited(visit => erasure.show(visit)),
        this.#visited((visit, form) => erasure.press(visit, form)),
      );
      this.#route(
        scope,
        '/v/*',
        (token, visitor) => confirmation.show(token, visitor),
        (token, visitor) => confirmation.press(token, visitor),
      );
      this.#route(
        scope,
        '/s/*',
        (id, visitor) => signUp.show(id, visitor),
        (id, visitor, form) => signUp.press(id, visitor, form),
      );
      this.#route(
        scope,
        '/c/*',
        (token, visitor) => optIn.show(token, visitor),
        (token, visitor, form) => optIn.press(token, visitor, form),
      );
    });
  }

  #obeyOtherRules(scope: FastifyInstance): void {
    scope.addHook('onRequest', (request, reply, done) => {
      reply.headers(guardHeaders);
      // The bytes say what a form is (see readForm); a Content-Type that is odd or broken must not turn anybody away.
      delete request.headers['content-type'];
      done();
    });
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: FORM_LIMIT }, (_request, body, done) =>
      done(null, body),
    );
    scope.setErrorHandler((error: { statusCode?: number }, request, reply) => {
      const status = error.statusCode ?? 500;
      // The route's pattern, not the URL: the URL bears a token.
      if (status >= 500)
        this.logger.error({ err: error, route: request.routeOptions.url }, 'customer page failed');
      const [answer, problem] = problemOf(status);
      return send(reply, this.problems.show(problem, answer, request));
    });
  }

  /** GET shows and changes nothing, and HEAD is a GET without its body; POST acts. The rest of the path is the token. */
  #route(scope: FastifyInstance, url: string, show: Show, press: Press): void {
    const answer = async (
      request: FastifyRequest,
      reply: FastifyReply,
      page: Page | null,
    ): Promise<FastifyReply> => send(reply, page ?? this.problems.badLink(request));
    scope.get(url, async (request, reply) =>
      answer(request, reply, await show(tokenOf(request), visitorOf(request))),
    );
    scope.post(url, async (request, reply) => {
      const form = await readForm(request.body as Buffer | undefined);
      return answer(request, reply, await press(tokenOf(request), visitorOf(request), form));
    });
    scope.options(url, (_request, reply) => {
      void reply.status(204).header('allow', 'GET, HEAD, POST, OPTIONS').send();
    });
  }

  #visited(act: (visit: Visit, form: Form) => Page | Promise<Page>): Press & Show {
    return async (token: string, visitor: Visitor, form?: Form) => {
      const visit = await this.visits.read(token, visitor);
      return visit && act(visit, form ?? (await readForm(undefined)));
    };
  }
}

function problemOf(status: number): [number, Problem] {
  if (status === 413) return [413, 'large'];
  return status >= 400 && status < 500 ? [400, 'unread'] : [500, 'fault'];
}

function send(reply: FastifyReply, { status, headers, body }: Page): FastifyReply {
  return reply.status(status).headers(headers).send(body);
}
