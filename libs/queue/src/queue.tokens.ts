/** Injection token of the queue's backend. */
export const QUEUE_BACKEND = Symbol('QUEUE_BACKEND');
