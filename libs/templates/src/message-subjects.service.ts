import { Injectable } from '@nestjs/common';
import { Clock } from '#common';
import { type FactName, type MessageSubject, noSubject } from './message-subject.js';
import { MessageSubjectRepository, type SubjectOf } from './message-subject.repository.js';

/** What each of some messages is about. */
export type Subjects = (contactId: number) => MessageSubject | undefined;

const none: Subjects = () => undefined;

/** What messages are about, as far as their template names it. */
@Injectable()
export class MessageSubjects {
  constructor(
    private readonly repository: MessageSubjectRepository,
    private readonly clock: Clock,
  ) {}

  /** One statement for all of them; none at all for a template that names nothing of it. */
  async of(
    { facts }: { facts: ReadonlySet<FactName> },
    contactIds: readonly number[],
    of: SubjectOf,
  ): Promise<Subjects> {
    if (facts.size === 0) return none;
    const found = await this.repository.load(facts, contactIds, of, this.clock.now());
    return contactId => found.get(contactId) ?? noSubject;
  }
}
