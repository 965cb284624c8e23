import { DomainError, formatId } from '#common';

export const formInUse = (): DomainError =>
  new DomainError({
    kind: 'conflict',
    code: 'FORM_IN_USE',
    message:
      'People signed up with this form, so it is kept as evidence. Archive it instead (state: archived).',
  });

export const formArchived = (): DomainError =>
  new DomainError({
    kind: 'conflict',
    code: 'FORM_ARCHIVED',
    message: 'This form is archived and takes no sign-ups. Make it active again, or use another.',
  });

export const topicOfAnotherSender = (topicId: number): DomainError =>
  new DomainError({
    kind: 'unprocessable',
    code: 'TOPIC_OF_ANOTHER_SENDER',
    message: `${formatId('topic', topicId)} belongs to another sender. A form offers topics of its own sender.`,
  });

export const choiceTwice = (): DomainError =>
  new DomainError({
    kind: 'unprocessable',
    code: 'CHOICE_TWICE',
    message: 'A topic on a channel stands twice among the choices. Offer each once.',
  });

export const choiceNotOffered = (): DomainError =>
  new DomainError({
    kind: 'unprocessable',
    code: 'CHOICE_NOT_OFFERED',
    message: 'One of the choices is not on the form. GET /v1/forms/:id tells which are.',
  });

export const addressMissing = (field: 'email' | 'phone'): DomainError =>
  new DomainError({
    kind: 'unprocessable',
    code: 'ADDRESS_MISSING',
    message: `A choice of this channel needs the person's ${field}.`,
  });

export const senderIncomplete = (missing: string[]): DomainError =>
  new DomainError({
    kind: 'unprocessable',
    code: 'SENDER_INCOMPLETE',
    message: `The sender lacks ${missing.join(', ')}. Fill these in first: a form must say who asks.`,
  });

export const incentiveUnready = (path: string, message: string): DomainError =>
  new DomainError({
    kind: 'unprocessable',
    code: 'INCENTIVE_NOT_READY',
    message,
    details: [{ path, code: 'NOT_READY', message }],
  });

export const tooManySignUps = (): DomainError =>
  new DomainError({
    kind: 'too_many',
    code: 'TOO_MANY_SIGN_UPS',
    message: 'Too many sign-ups came from this IP. Wait ten minutes and try again.',
    retryable: true,
  });

export const referenceGone = (): DomainError =>
  new DomainError({
    kind: 'conflict',
    code: 'REFERENCE_GONE',
    message: 'A topic or the template was deleted this very moment. Choose another.',
  });
