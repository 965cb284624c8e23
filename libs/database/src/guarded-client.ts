import pg from 'pg';

/**
 * A connection for a library that takes one out of its pool and listens for no error on it, as BullMQ 6.7 does when it
 * starts: one that ends at that moment would end the process. The statement that was under way fails as well, which is told.
 */
export class GuardedClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config);
    this.on('error', () => undefined);
  }
}
