import { Inject, Injectable } from '@nestjs/common';
import { DomainError, formatId, type IdKind, notFound } from '#common';
import { SendersService } from '#consent';
import { Database } from '#database';
import { type SavedTemplate, TemplatesService } from '#templates';
import { type ReadyMade, resolve, templatesOf, withoutSms } from './ready-made.js';
import { type Wishes, ReadyMadeNeeds } from './ready-made-needs.js';
import { ReadyMadeRepository } from './ready-made.repository.js';
import { SequencesService, type SequenceWithVersion } from './sequences.service.js';
import { withWishedWords } from './wished-words.js';

export const READY_MADE = Symbol('READY_MADE');

export interface Installed extends SequenceWithVersion {
  /** What its steps send, by their keys in the ready-made sequence. */
  templates: ReadonlyMap<string, SavedTemplate>;
}

/** Sequences that are written already: looked at, and installed as a draft of a sender's own. */
@Injectable()
export class ReadyMadeSequences {
  constructor(
    private readonly db: Database,
    private readonly repository: ReadyMadeRepository,
    private readonly senders: SendersService,
    private readonly needs: ReadyMadeNeeds,
    private readonly templates: TemplatesService,
    private readonly sequences: SequencesService,
    @Inject(READY_MADE) private readonly all: readonly ReadyMade[],
  ) {}

  list(): readonly ReadyMade[] {
    return this.all;
  }

  /** @throws DomainError READY_MADE_SEQUENCE_NOT_FOUND */
  get(key: string): ReadyMade {
    const found = this.all.find(candidate => candidate.key === key);
    if (!found) throw notFound('ready made sequence', key);
    return found;
  }

  /**
   * Its templates and a draft of it, in the sender's own name: all of it, or nothing. From then on they are like any others.
   * @throws DomainError READY_MADE_SEQUENCE_NOT_FOUND, SENDER_NOT_FOUND, READY_MADE_NEEDS with everything that is missing or does not fit
   * and its place in the wishes, SEQUENCE_NAME_TAKEN, TEMPLATE_NAME_TAKEN
   */
  async install(key: string, wishes: Wishes, actor: string): Promise<Installed> {
    const readyMade = this.get(key);
    const symbolic = wishes.sms ? readyMade.definition : withoutSms(readyMade.definition);
    return this.db.transaction(async () => {
      await this.repository.takeTurns();
      const { defaultLocale } = await this.senders.get(wishes.senderId);
      const topics = await this.needs.check(readyMade, symbolic, wishes);
      const taken = (candidate: string) => this.repository.isSequenceName(candidate);
      const name = wishes.name ?? (await free(readyMade.name[defaultLocale], taken));
      if (await taken(name)) throw nameTaken(name);
      const templates = new Map<string, SavedTemplate>();
      for (const template of templatesOf(symbolic).map(one => readyMade.templates.get(one))) {
        if (!template) continue;
        const saved = await this.templates.create(
          await free(`${name}: ${template.name[defaultLocale]}`, one => this.templates.isNameTaken(one)),
          template.channel,
          { defaultLocale, content: withWishedWords(template.content, wishes) },
          actor,
        );
        templates.set(template.key, saved);
      }
      const definition = resolve(symbolic, {
        topics,
        templates: new Map(
          [...templates].map(([one, { template }]) => [one, formatId('template', template.id)]),
        ),
        segmentId: idOf('segment', wishes.segmentId),
        shopId: idOf('shop', wishes.shopId),
        attribute: wishes.attribute,
      });
      return { ...(await this.sequences.create(name, definition, actor)), templates };
    });
  }
}

/** The name, or with the first number behind it that makes it free. */
async function free(name: string, isTaken: (candidate: string) => Promise<boolean>): Promise<string> {
  for (let n = 1; ; n++) {
    const candidate = n === 1 ? name : `${name} (${n})`;
    if (!(await isTaken(candidate))) return candidate;
  }
}

function idOf(kind: IdKind, id: number | undefined): string | undefined {
  return id === undefined ? undefined : formatId(kind, id);
}

function nameTaken(name: string): DomainError {
  return new DomainError({
    ...{ kind: 'conflict', code: 'SEQUENCE_NAME_TAKEN' },
    message: `There is a sequence named "${name}" already. Choose another name.`,
  });
}
