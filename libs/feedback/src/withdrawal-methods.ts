/** The reason of a withdrawal that came to a message's own unsubscribe address (RFC 2369 section 3.2). */
export const UNSUBSCRIBE_MAIL = 'unsubscribe_mail';
/** The reason of one that the person's carrier, or the provider for it, tells of: they said stop there. */
export const CARRIER_STOP = 'carrier';
