import { formatId, type IdKind } from '#common';
import { actText, type ConsentEvent, type ConsentProof } from '#consent';
import { suppressionText } from '#sending';
import { type ContactProof, type Names, type SubjectExport, type SubjectRequest } from '#subjects';
import { toEventView as toPersonEventView } from '../events/events.views.js';
import { toEventView, toStateView } from '../consents/consents.views.js';
import { toContactView } from '../contacts/contacts.views.js';
import { namesOf } from '../documents/event-entry.js';
import { formatMessageId } from '#sending';
import { type DocumentRenderer } from '../documents/document-renderer.js';
import { decisionWords } from '../documents/proof-document.js';
import { toOrderView } from '../orders/orders.views.js';
import { toWhyView } from '../messages/messages.views.js';
import { senderName } from '../public/sender-view.js';
import {
  type ContactProofView,
  type ExportView,
  type ProofView,
  type SubjectRequestView,
} from './subjects.schemas.js';

export function toRequestView(request: SubjectRequest): SubjectRequestView {
  return {
    ...request,
    id: formatId('subjectRequest', request.id),
    contactId: formatId('contact', request.contactId),
    requestedAt: request.requestedAt.toISOString(),
    dueAt: request.dueAt.toISOString(),
    doneAt: request.doneAt?.toISOString() ?? null,
  };
}

export function toSubjectExportView(data: SubjectExport): ExportView {
  const { names } = data;
  return {
    at: data.at.toISOString(),
    contactId: formatId('contact', data.contactId),
    profile: data.profile && toContactView(data.profile),
    states: data.states.map(toStateView),
    events: data.events.map(event => ({ ...toEventView(event), words: eventWords(event, names) })),
    preferences: data.preferences.map(({ senderId, frequency, pausedUntil, updatedAt }) => ({
      ...{ senderId: formatId('sender', senderId), frequency },
      pausedUntil: pausedUntil?.toISOString() ?? null,
      updatedAt: updatedAt.toISOString(),
    })),
    suppressions: data.suppressions.map(({ channel, senderId, topicId, reason, createdAt }) => ({
      ...{ channel, senderId: idOrNull('sender', senderId), topicId: idOrNull('topic', topicId), reason },
      words: { en: suppressionText(reason, 'en'), ar: suppressionText(reason, 'ar') },
      since: createdAt.toISOString(),
    })),
    confirmations: data.confirmations.map(request => ({
      ...request,
      id: formatId('confirmationRequest', request.id),
      senderId: formatId('sender', request.senderId),
      formId: formatId('form', request.formId),
      topicIds: request.topicIds.map(topicId => formatId('topic', topicId)),
      requestedAt: request.requestedAt.toISOString(),
      confirmedAt: request.confirmedAt?.toISOString() ?? null,
      refusedAt: request.refusedAt?.toISOString() ?? null,
    })),
    messages: data.messages.map(toWhyView),
    engagement: data.engagement.map(({ kind, link, occurredAt, agent, machine, ...key }) => ({
      ...{
        messageId: formatMessageId(key),
        kind,
        link,
        occurredAt: occurredAt.toISOString(),
        agent,
        machine,
      },
    })),
    personEvents: data.personEvents.map(toPersonEventView),
    orders: data.orders.map(toOrderView),
    imports: data.imports.map(({ id, fileName, createdAt }) => ({
      ...{ id: formatId('import', id), fileName, createdAt: createdAt.toISOString() },
    })),
    requests: data.requests.map(toRequestView),
    senders: [...names.senders.values()].map(sender => ({
      ...{ id: formatId('sender', sender.id), name: senderName(sender) },
    })),
    topics: [...names.topics.values()].map(({ id, name }) => ({
      id: formatId('topic', id),
      name: { ...name },
    })),
  };
}

export function toContactProofView(proof: ContactProof, { strings }: DocumentRenderer): ContactProofView {
  return {
    at: proof.at.toISOString(),
    contactId: formatId('contact', proof.contactId),
    events: proof.events.map(({ event, link }) => ({
      ...toEventView(event),
      words: eventWords(event, proof.names),
      link: link && {
        ...{ number: link.number, hash: link.hash, previousHash: link.previousHash, intact: link.intact },
        sealedAt: link.sealedAt.toISOString(),
      },
    })),
    chain: proof.chain,
    decisions: proof.decisions.map(decided => ({
      ...{ channel: decided.channel, topicId: formatId('topic', decided.topicId) },
      state: decided.state && toStateView(decided.state),
      decision: decided.decision?.outcome ?? null,
      until: decided.decision?.until?.toISOString() ?? null,
      words: {
        en: decisionWords(decided, 'en', strings).text,
        ar: decisionWords(decided, 'ar', strings).text,
      },
      law: decided.decision?.law ?? [],
    })),
  };
}

export function toProofView(proof: ConsentProof): ProofView {
  return {
    ...proof,
    eventId: formatId('consentEvent', proof.eventId),
    senderId: idOrNull('sender', proof.senderId),
    topicId: idOrNull('topic', proof.topicId),
    textHash: proof.textHash?.toString('hex') ?? null,
    occurredAt: proof.occurredAt.toISOString(),
    recordedAt: proof.recordedAt.toISOString(),
    retainUntil: proof.retainUntil.toISOString(),
  };
}

function eventWords(event: ConsentEvent, names: Names): { en: string; ar: string } {
  return {
    en: actText(event, namesOf(event, names, 'en'), 'en'),
    ar: actText(event, namesOf(event, names, 'ar'), 'ar'),
  };
}

function idOrNull(kind: IdKind, id: number | null): string | null {
  return id === null ? null : formatId(kind, id);
}
