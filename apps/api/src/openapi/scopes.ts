import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { ModulesContainer, Reflector } from '@nestjs/core';
import { type Scope } from '#access';
import { scopesOf } from '../http/auth.guard.js';

type Controller = new (...parts: never[]) => object;

/** The scopes that each operation's guard will ask for, by the operation's id; operations that need no key are not in it. */
export function scopesByOperation(app: NestFastifyApplication): Map<string, Scope[]> {
  const reflector = app.get(Reflector);
  const scopes = new Map<string, Scope[]>();
  for (const controller of controllersOf(app)) {
    for (const method of Object.getOwnPropertyNames(controller.prototype)) {
      const handler: unknown = (controller.prototype as Record<string, unknown>)[method];
      // A class has a path, too: the beginning of those of its handlers.
      if (method === 'constructor') continue;
      if (typeof handler !== 'function' || !Reflect.hasMetadata('path', handler)) continue;
      const needed = scopesOf(reflector, [handler, controller]);
      const id = `${controller.name}_${method}`;
      if (scopes.has(id)) throw new Error(`Two controllers are called ${controller.name}.`);
      if (needed) scopes.set(id, needed);
    }
  }
  return scopes;
}

/** As people read it, for the description of an operation. */
export function scopeSentence(scopes: readonly Scope[]): string {
  const named = scopes.map(scope => `\`${scope}\``).join(' and ');
  return `Needs the scope${scopes.length > 1 ? 's' : ''} ${named}.`;
}

function controllersOf(app: NestFastifyApplication): Set<Controller> {
  const modules = [...app.get(ModulesContainer).values()];
  return new Set(
    modules.flatMap(({ controllers }) => [...controllers.values()].map(one => one.metatype as Controller)),
  );
}
