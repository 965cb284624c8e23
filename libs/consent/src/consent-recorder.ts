import { Injectable } from '@nestjs/common';
import { type ConsentRecorder, type ImportedConsent } from '#contacts';
import { type Channel, channels, Clock, formatId } from '#common';
import { earliest, impliedExpiry } from './bases.js';
import { type NewConsentEvent } from './consent-event.js';
import { ConsentStateRepository } from './consent-state.repository.js';
import { LedgerRepository } from './ledger.repository.js';
import { SuppressionRepository } from './suppression.repository.js';

/** What contacts asks of consent when people are imported, change their address, or are deleted. */
@Injectable()
export class LedgerConsentRecorder implements ConsentRecorder {
  constructor(
    private readonly ledger: LedgerRepository,
    private readonly projection: ConsentStateRepository,
    private readonly suppressions: SuppressionRepository,
    private readonly clock: Clock,
  ) {}

  /** A consent without basis and evidence is kept as unproven: it shows, but nothing may be sent on it. */
  async recordImported(
    items: ImportedConsent[],
    source: { importId: number; actor: string; fileName: string | null },
  ): Promise<{ granted: number; unknown: number; keptWithdrawn: number }> {
    if (items.length === 0) return { granted: 0, unknown: 0, keptWithdrawn: 0 };
    const now = this.clock.now();
    const senders = await this.ledger.sendersOfTopics([...new Set(items.map(item => item.topicId))]);
    const events = items.map((item): NewConsentEvent => {
      const proven = item.basis !== null && hasEvidence(item);
      const occurredAt = item.occurredAt !== null && item.occurredAt < now ? item.occurredAt : now;
      return {
        contactId: item.contactId,
        addressHash: item.addressHash,
        channel: item.channel,
        senderId: senders.get(item.topicId) ?? null,
        topicId: item.topicId,
        action: proven ? 'granted' : 'imported_unknown',
        basis: proven ? item.basis : null,
        evidence: {
          textShown: item.evidence.text,
          method: 'import',
          source: item.evidence.source ?? formatId('import', source.importId),
          more: {
            import: formatId('import', source.importId),
            line: item.line,
            ...(source.fileName === null ? {} : { file: source.fileName }),
            ...(item.evidence.url === undefined ? {} : { url: item.evidence.url }),
          },
        },
        actor: source.actor,
        occurredAt,
        expiresAt:
          proven && item.basis !== null
            ? earliest(item.expiresAt, impliedExpiry(item.basis, occurredAt))
            : item.expiresAt,
      };
    });
    const ids = await this.ledger.append(events, now);
    const effective = new Set(await this.projection.projectGrants(ids, true));
    const granted = events.filter(
      (event, at) => event.action === 'granted' && effective.has(ids[at] as number),
    ).length;
    const unknown = events.filter(event => event.action === 'imported_unknown').length;
    const withdrawn = await this.projection.countWithdrawn(ids);
    return { granted, unknown, keptWithdrawn: withdrawn };
  }

  async addressChanged(
    changes: { contactId: number; channel: Channel; oldHash: Buffer }[],
    actor: string,
  ): Promise<void> {
    if (changes.length === 0) return;
    const now = this.clock.now();
    await this.suppressions.keepWithdrawnStates(changes, 'address_changed');
    const ids = await this.ledger.append(
      changes.map(change => ({
        ...{ contactId: change.contactId, channel: change.channel, addressHash: change.oldHash },
        ...{ senderId: null, topicId: null, action: 'voided' as const, basis: null, expiresAt: null },
        evidence: { method: 'address_changed', source: 'contacts' },
        actor,
        occurredAt: now,
      })),
      now,
    );
    await this.projection.projectVoided(ids);
  }

  /** The profile goes; what the person took back stays with the address, so that no re-import revives it. */
  async contactDeleted(contactId: number, actor: string): Promise<void> {
    for (const channel of channels) {
      const oldHash = await this.ledger.addressHashOf(contactId, channel);
      if (oldHash) await this.suppressions.keepWithdrawnStates([{ contactId, channel, oldHash }], actor);
    }
  }
}

function hasEvidence({ evidence }: ImportedConsent): boolean {
  return [evidence.text, evidence.source, evidence.url].some(
    part => part !== undefined && part.trim() !== '',
  );
}
