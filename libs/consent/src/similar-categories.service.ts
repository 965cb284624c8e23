import { Injectable } from '@nestjs/common';
import { AuditTrail } from '#access';
import { DomainError, formatId, notFound } from '#common';
import { Database } from '#database';
import { SendersService } from './senders.service.js';
import { SimilarCategoryRepository } from './similar-category.repository.js';

/** What a sender sells that is alike: whoever bought shoes by a soft opt-in may be offered socks. */
@Injectable()
export class SimilarCategoriesService {
  constructor(
    private readonly db: Database,
    private readonly repository: SimilarCategoryRepository,
    private readonly senders: SendersService,
    private readonly audit: AuditTrail,
  ) {}

  /** Groups of similar categories, each category in one. @throws DomainError SENDER_NOT_FOUND */
  async get(senderId: number): Promise<string[][]> {
    await this.senders.get(senderId);
    return groupsOf(await this.repository.pairs(senderId));
  }

  /**
   * Replaces them all; in force when this returns.
   * @throws DomainError SENDER_NOT_FOUND, CATEGORY_IN_TWO_GROUPS
   */
  async replace(
    senderId: number,
    groups: readonly (readonly string[])[],
    actor: string,
  ): Promise<string[][]> {
    refuseRepeated(groups);
    return this.db.transaction(async () => {
      const subject = formatId('sender', senderId);
      if (!(await this.repository.lockSender(senderId))) throw notFound('sender', subject);
      await this.repository.replace(senderId, groups.flatMap(pairsOf));
      await this.audit.record(actor, 'sender.similar_categories_changed', subject, { groups });
      return groupsOf(await this.repository.pairs(senderId));
    });
  }
}

/** Each with each other, both ways. */
function pairsOf(group: readonly string[]): [string, string][] {
  return group.flatMap(category =>
    group.filter(other => other !== category).map((other): [string, string] => [category, other]),
  );
}

/** A category and what it is similar to are a group. */
function groupsOf(pairs: readonly (readonly [string, string])[]): string[][] {
  const groups = new Map<string, Set<string>>();
  for (const [category, other] of pairs) {
    const group = groups.get(category) ?? groups.get(other) ?? new Set();
    groups.set(category, group.add(category));
    groups.set(other, group.add(other));
  }
  return [...new Set(groups.values())].map(group => [...group]);
}

/** In two groups it would make all of both similar, or not: nobody could tell what was meant. */
function refuseRepeated(groups: readonly (readonly string[])[]): void {
  const seen = new Set<string>();
  const repeated = groups.flat().find(category => seen.size === seen.add(category).size);
  if (repeated === undefined) return;
  throw new DomainError({
    kind: 'unprocessable',
    code: 'CATEGORY_IN_TWO_GROUPS',
    message: `"${repeated.slice(0, 60)}" is named twice. Put everything that is similar to it into one group.`,
  });
}
