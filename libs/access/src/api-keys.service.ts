import { createHash, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Clock, DomainError, notFound, type Page } from '#common';
import { Database, type PageRequest, toPage } from '#database';
import { type ApiKey } from './api-key.entity.js';
import { ApiKeyRepository } from './api-key.repository.js';
import { AuditTrail } from './audit-trail.js';
import { type Scope } from './scopes.js';

/** `ithn_` and 32 random bytes: guessing one is hopeless, so a plain hash is enough to store it (no password here). */
const KEY_PATTERN = /^ithn_[A-Za-z0-9_-]{43}$/;

@Injectable()
export class ApiKeysService {
  constructor(
    private readonly db: Database,
    private readonly keys: ApiKeyRepository,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
  ) {}

  /** @returns the key itself, for the only time, and its record. */
  async create(
    name: string,
    scopes: readonly Scope[],
    actor: string,
  ): Promise<{ secret: string; key: ApiKey }> {
    const secret = `ithn_${randomBytes(32).toString('base64url')}`;
    return this.db.transaction(async () => {
      const key = await this.keys.insert({
        name,
        keyHash: hash(secret),
        hint: secret.slice(0, 9),
        scopes: [...new Set(scopes)],
        createdAt: this.clock.now(),
      });
      await this.audit.record(actor, 'api_key.created', `key_${key.id}`, { name, scopes });
      return { secret, key };
    });
  }

  /**
   * The key behind a bearer token.
   * @throws DomainError API_KEY_MISSING, API_KEY_INVALID
   */
  async authenticate(authorization: string | undefined): Promise<ApiKey> {
    const secret = bearerOf(authorization);
    if (secret === null) {
      throw new DomainError({
        kind: 'unauthenticated',
        code: 'API_KEY_MISSING',
        message: 'Send your API key as "Authorization: Bearer ithn_...".',
      });
    }
    const key = KEY_PATTERN.test(secret) ? await this.keys.findByHash(hash(secret)) : null;
    if (!key) {
      throw new DomainError({
        kind: 'unauthenticated',
        code: 'API_KEY_INVALID',
        message: 'This API key is unknown or was revoked.',
      });
    }
    await this.keys.touch(key.id, this.clock.now());
    return key;
  }

  async list(request: PageRequest): Promise<Page<ApiKey>> {
    return toPage(await this.keys.list(request), request.limit, key => key);
  }

  /** Whether no key was ever made: a new installation. */
  async isFirst(): Promise<boolean> {
    return (await this.keys.count()) === 0;
  }

  /** @throws DomainError API_KEY_NOT_FOUND, also when it is revoked already. */
  async revoke(id: number, actor: string): Promise<void> {
    await this.db.transaction(async () => {
      if (!(await this.keys.revoke(id, this.clock.now()))) throw notFound('API key', `key_${id}`);
      await this.audit.record(actor, 'api_key.revoked', `key_${id}`, {});
    });
  }
}

/** The key that an Authorization header bears (RFC 6750 section 2.1), or null. */
export function bearerOf(authorization: string | undefined): string | null {
  return /^bearer +(\S+)$/i.exec(authorization ?? '')?.[1] ?? null;
}

/** @throws DomainError SCOPE_MISSING */
export function requireScope(key: ApiKey, scope: Scope): void {
  if (key.scopes.includes(scope)) return;
  throw new DomainError({
    kind: 'forbidden',
    code: 'SCOPE_MISSING',
    message: `This API key lacks the scope "${scope}". Use another key, or make one that has it.`,
  });
}

function hash(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
