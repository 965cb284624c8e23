import { formatId, parseId } from '#common';
import { type Form, type FormDraft, type FormVersion, type FormWording } from '#sign-ups';
import { type FormVersionView, type FormView, type WordingDraft, type WordingView } from './forms.schemas.js';

export function toDraft({ choices, incentive, ...rest }: WordingDraft): FormDraft {
  return {
    ...rest,
    choices: choices.map(choice => ({ ...choice, topicId: parseId('topic', choice.topicId) })),
    incentive: incentive && {
      name: incentive.name,
      text: incentive.text,
      url: incentive.url ?? {},
      templateId: incentive.templateId === undefined ? null : parseId('template', incentive.templateId),
    },
  };
}

export function toFormView(form: Form, publicUrl: string): FormView {
  return {
    ...form,
    id: formatId('form', form.id),
    senderId: formatId('sender', form.senderId),
    url: `${publicUrl}/s/${formatId('form', form.id)}`,
    wording: toWordingView(form.wording),
    createdAt: form.createdAt.toISOString(),
    updatedAt: form.updatedAt.toISOString(),
  };
}

export function toVersionView({ number, wording, createdAt }: FormVersion): FormVersionView {
  return { version: number, wording: toWordingView(wording), createdAt: createdAt.toISOString() };
}

function toWordingView({ choices, incentive, ...rest }: FormWording): WordingView {
  return {
    ...rest,
    choices: choices.map(choice => ({ ...choice, topicId: formatId('topic', choice.topicId) })),
    incentive: incentive && {
      ...incentive,
      templateId: incentive.templateId === null ? null : formatId('template', incentive.templateId),
    },
  };
}
