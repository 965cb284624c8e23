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

/** A handler and its controller. */
export type RoutePlaces = [
  ReturnType<ExecutionContext['getHandler']>,
  ReturnType<ExecutionContext['getClass']>,
];

/** The scopes that a route asks of a key; null: it needs no key. @throws Error when it says neither */
export function scopesOf(reflector: Reflector, places: RoutePlaces): Scope[] | null {
  if (reflector.getAllAndOverride<boolean | undefined>(PUBLIC, places)) return null;
  const needed = reflector.getAllAndOverride<Scope[] | undefined>(SCOPE, places);
  const [handler, controller] = places;
  if (!needed) throw new Error(`${controller.name}.${handler.name} names no scope.`);
  return needed;
}

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
    const needed = scopesOf(this.reflector, [context.getHandler(), context.getClass()]);
    if (needed === null) return true;
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const key = await this.keys.authenticate(request.headers.authorization);
    for (const scope of needed) requireScope(key, scope);
    request.apiKey = key;
    return true;
  }
}
