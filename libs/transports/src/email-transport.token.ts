/** Injection token of the way mail leaves (`EmailTransport`). */
export const EMAIL_TRANSPORT = Symbol('EMAIL_TRANSPORT');
