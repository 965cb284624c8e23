import { SendDispatchHandler } from './send-dispatch.handler.js';

const fails = (): Promise<never> => Promise.reject(new Error('the database is busy'));

describe('the sweep of the sender', () => {
  it('wakes the sender, whatever becomes of what it does by the way', async () => {
    const done: string[] = [];
    const does = (what: string) => (): Promise<void> => {
      done.push(what);
      return Promise.resolve();
    };
    const logged: string[] = [];
    const handler = new SendDispatchHandler(
      { wake: does('wake') } as never,
      { reap: does('reap') } as never,
      { expireLate: does('expire'), finishDone: does('finish') } as never,
      { sweep: fails } as never,
      { isCurrent: () => Promise.resolve(true) } as never,
      { watch: () => does('watch')().then(fails) } as never,
      { now: () => new Date(0) } as never,
      { error: (_fields: unknown, text: string) => logged.push(text) } as never,
    );
    await handler.sweep();
    expect(done).toEqual(['reap', 'expire', 'finish', 'wake', 'watch']);
    expect(logged).toHaveLength(2);
  });
});
