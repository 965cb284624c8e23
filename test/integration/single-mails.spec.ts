import { type Sender, type Topic } from '#consent';
import { PacingService, SingleMailPacer, WarmUpsService } from '#sending';
import { type Form, SendConfirmationsHandler, SignUpsService } from '#sign-ups';
import { addSender, addTopic } from '../factories/sender.js';
import { addForm } from '../factories/sign-up.js';
import { testSystem, type TestSystem } from '../factories/system.js';

/** Mails that go by themselves keep to the limits that campaigns keep to. */
describe('the limits on single mails', () => {
  let system: TestSystem;
  let sender: Sender;
  let topic: Topic;
  let form: Form;

  beforeEach(async () => {
    system = await testSystem('postgres', { startWorker: false });
    sender = await addSender(system.app);
    topic = await addTopic(system.app, sender);
    form = await addForm(system, sender, [topic]);
  });
  afterEach(() => system.close());

  const service = <T>(type: new (...given: never[]) => T): T => system.app.get(type, { strict: false });
  const tokens = async (): Promise<number[]> =>
    (
      await system.database.db.query<{ tokens: number }>(
        'SELECT floor(tokens) AS tokens FROM token_bucket ORDER BY key',
      )
    ).map(row => row.tokens);

  it('go freely where nothing is limited', async () => {
    const mail = { senderId: sender.id, fromEmail: sender.fromEmail, urgent: false };
    expect(await service(SingleMailPacer).takeOne(mail)).toMatchObject({ waitMs: 0 });
  });

  it('take a token of each limit or of none, and give it back when they did not go', async () => {
    const SMTP_URL =
      'smtp://one.example?rate=1/day,smtp://two.example:26?rate=9/day,smtp://two.example:27?rate=7/day';
    const other = await testSystem('postgres', {
      startWorker: false,
      env: { SMTP_URL },
      database: system.database,
    });
    const pacer = other.app.get(SingleMailPacer, { strict: false });
    await service(PacingService).setSender(sender.id, { messages: 500, per: 'day' }, {}, 'tests');
    const mail = { senderId: sender.id, fromEmail: sender.fromEmail, urgent: true };
    const first = await pacer.takeOne(mail);
    // One of each: of relay one, of two on one host by their ports, of the sender.
    expect([first.waitMs, await tokens()]).toEqual([0, [0, 0, 0, 0]]);
    await refill('relay:two', 1);
    await refill('sender', 1);
    expect((await pacer.takeOne(mail)).waitMs).toBeGreaterThan(1000);
    // Those that had some have it still.
    expect(await tokens()).toEqual([0, 1, 1, 1]);
    // Through one relay alone it is that one's limit that counts.
    expect((await pacer.takeOne({ ...mail, relay: 'two.example:27' })).waitMs).toBe(0);
    expect(await tokens()).toEqual([0, 1, 0, 0]);
    await first.spare();
    expect(await tokens()).toEqual([1, 1, 1, 1]);
    await other.close();
  });

  it('are counted by a warm-up; who is waited for does not wait for it', async () => {
    await service(WarmUpsService).set(sender.id, [1, 2], 'tests');
    const take = (urgent: boolean) =>
      service(SingleMailPacer).takeOne({ senderId: sender.id, fromEmail: sender.fromEmail, urgent });
    expect((await take(false)).waitMs).toBe(0);
    expect((await take(false)).waitMs).toBeGreaterThan(0);
    const urgent = await take(true);
    expect(urgent.waitMs).toBe(0);
    expect((await service(WarmUpsService).get(sender.id)).today).toMatchObject({ used: 2, ceiling: 1 });
    await urgent.spare();
    expect((await service(WarmUpsService).get(sender.id)).today).toMatchObject({ used: 1 });
  });

  it('hold a confirmation, which stays due and goes when there is room', async () => {
    await service(PacingService).setSender(sender.id, { messages: 1, per: 'hour' }, {}, 'tests');
    for (const name of ['a', 'b', 'c']) await signUp(`${name}@example.com`);
    await service(SendConfirmationsHandler).handle();
    const rows = (): Promise<{ state: string; attempt: number; waits: boolean }[]> =>
      system.database.db.query(
        `SELECT state, attempt, due_at > $1 AS waits FROM confirmation_mail WHERE kind = 'first' ORDER BY state, request_id`,
        [system.clock.now()],
      );
    expect(await rows()).toEqual([
      { state: 'accepted', attempt: 1, waits: false },
      { state: 'due', attempt: 0, waits: true },
      { state: 'due', attempt: 0, waits: true },
    ]);
    // Looked at again too early it waits on; once the limit is lifted all of them go.
    system.clock.advance(1000);
    await service(SendConfirmationsHandler).handle();
    expect((await rows()).map(({ state }) => state)).toEqual(['accepted', 'due', 'due']);
    await service(PacingService).setSender(sender.id, null, {}, 'tests');
    system.clock.advance(3_600_000);
    await service(SendConfirmationsHandler).handle();
    expect((await rows()).map(({ state }) => state)).toEqual(['accepted', 'accepted', 'accepted']);
  });

  async function signUp(email: string): Promise<void> {
    await service(SignUpsService).submit({
      ...{ form, email, phone: null, firstName: null, locale: 'en', actor: 'public' },
      choices: [{ topicId: topic.id, channel: 'email' }],
      evidence: { ip: '203.0.113.5', userAgent: 'Tests/1.0', method: 'checkbox', source: 'tests' },
      frame: null,
    });
  }

  const refill = (key: string, tokens: number): Promise<unknown> =>
    system.database.db.query('UPDATE token_bucket SET tokens = $2 WHERE starts_with(key, $1)', [key, tokens]);
});
