import {
  type CanActivate,
  createParamDecorator,
  type ExecutionContext,
  Injectable,
  SetMetadata,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { type FastifyRequest } from 'fastify';
import { type ApiKey, ApiKeysService, requireScope, type Scope } from '#access';

const PUBLIC = 'ithn:public';
const SCOPE = 'ithn:scope';

/** Marks a route that needs no API key: customer pages, health. */
export const Public = (): ClassDecorator & MethodDecorator => SetMetadata(PUBLIC, true);

/** The scopes a key needs for this route, every one of them. A route with neither this nor `@Public()` is refused. */
export const RequireScope = (...needed: [Scope, ...Scope[]]): ClassDecorator & MethodDecorator =>
  SetMetadata(SCOPE, needed);

export type AuthenticatedRequest = FastifyRequest & { apiKey?: ApiKey };

/** Who acts, for ledgers and audit: `key_3`. */
export const Actor = createParamDecorator((_: unknown, context: ExecutionContext): string => {
  const key = context.switchToHttp().getRequest<AuthenticatedRequest>().apiKey;
  return key ? `key_${key.id}` : 'public';
});

@Injectable()
export class AuthGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly keys: ApiKeysService,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const places = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean>(PUBLIC, places)) return true;
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const key = await this.keys.authenticate(request.headers.authorization);
    const needed = this.reflector.getAllAndOverride<Scope[] | undefined>(SCOPE, places);
    if (!needed) throw new Error(`${context.getClass().name}.${context.getHandler().name} names no scope.`);
    for (const scope of needed) requireScope(key, scope);
    request.apiKey = key;
    return true;
  }
}
