import { FeedbackService } from '#feedback';
import fc from 'fast-check';
import { type Scope, scopes } from '#access';
import {
  absurdIds,
  bodiesOf,
  faultOf,
  hostileBodies,
  hostileQueries,
  mutated,
  type OpenApi,
  type Operation,
  placesIn,
  type RawAnswer,
  send,
  withValueAt,
} from '../factories/hostile.js';
import { upload } from '../factories/import.js';
import { orderBody } from '../factories/shops.js';
import { snapshot } from '../factories/snapshot.js';
import { addShop, testSystem, type TestSystem } from '../factories/system.js';

const SEED = 20261121;
/** Thousands of requests on a machine that may be busy. */
const TIMEOUT_MS = 400_000;
const BODIES = 45;

/** What a key needs for each operation under /v1. An operation that is not here fails the first test. */
const scopeOf: Record<string, Scope | Scope[]> = {
  'POST /v1/api-keys': 'keys:write',
  'GET /v1/api-keys': 'keys:write',
  'DELETE /v1/api-keys/{id}': 'keys:write',
  'POST /v1/attributes': 'contacts:write',
  'GET /v1/attributes': 'contacts:read',
  'GET /v1/attributes/{id}': 'contacts:read',
  'PATCH /v1/attributes/{id}': 'contacts:write',
  'DELETE /v1/attributes/{id}': 'contacts:write',
  'POST /v1/campaigns': 'campaigns:write',
  'GET /v1/campaigns': 'campaigns:read',
  'GET /v1/campaigns/{id}': 'campaigns:read',
  'PATCH /v1/campaigns/{id}': 'campaigns:write',
  'DELETE /v1/campaigns/{id}': 'campaigns:write',
  'GET /v1/campaigns/{id}/audience': 'campaigns:read',
  'GET /v1/campaigns/{id}/audience/people': 'campaigns:read',
  'GET /v1/campaigns/{id}/cost': 'campaigns:read',
  'GET /v1/campaigns/{id}/cost/estimate': 'campaigns:read',
  'GET /v1/campaigns/{id}/engagement': 'campaigns:read',
  'GET /v1/campaigns/{id}/feedback': 'campaigns:read',
  'GET /v1/contacts/{id}/timeline': 'messages:read',
  'GET /v1/feedback': 'messages:read',
  'GET /v1/feedback/{id}': 'messages:read',
  'GET /v1/senders/{id}/sms-sources': 'senders:read',
  'PUT /v1/senders/{id}/sms-sources': 'senders:write',
  'GET /v1/sms-keywords/{country}': 'senders:read',
  'PUT /v1/sms-keywords/{country}': 'senders:write',
  'POST /v1/feedback/{id}/apply': 'consents:write',
  'POST /v1/feedback/{id}/dismiss': 'consents:write',
  'GET /v1/messages/{id}/timeline': 'messages:read',
  'GET /v1/campaigns/{id}/exclusions': 'campaigns:read',
  'GET /v1/campaigns/{id}/progress': 'campaigns:read',
  'GET /v1/campaigns/{id}/progress/stream': 'campaigns:read',
  'POST /v1/campaigns/{id}/schedule': 'campaigns:send',
  'POST /v1/campaigns/{id}/unschedule': 'campaigns:send',
  'POST /v1/campaigns/{id}/launch': 'campaigns:send',
  'POST /v1/campaigns/{id}/pause': 'campaigns:send',
  'POST /v1/campaigns/{id}/resume': 'campaigns:send',
  'POST /v1/campaigns/{id}/cancel': 'campaigns:send',
  'POST /v1/campaigns/{id}/test': 'campaigns:send',
  'POST /v1/consents': 'consents:write',
  'POST /v1/consents/withdrawals': 'consents:write',
  'GET /v1/consents/{id}': 'consents:read',
  'GET /v1/consents/{id}/receipt': 'consents:read',
  'GET /v1/contacts/{id}/consents': 'consents:read',
  'GET /v1/contacts/{id}/export': ['contacts:read', 'consents:read'],
  'GET /v1/contacts/{id}/proof': 'consents:read',
  'POST /v1/contacts/{id}/erasure': ['contacts:write', 'consents:write'],
  'GET /v1/contacts/{id}/consent-events': 'consents:read',
  'GET /v1/contacts/{id}/preferences': 'contacts:read',
  'PUT /v1/contacts/{id}/preferences': 'consents:write',
  'POST /v1/contacts': 'contacts:write',
  'PUT /v1/contacts': 'contacts:write',
  'GET /v1/contacts': 'contacts:read',
  'GET /v1/contacts/export': 'contacts:read',
  'GET /v1/contacts/{id}': 'contacts:read',
  'PATCH /v1/contacts/{id}': 'contacts:write',
  'DELETE /v1/contacts/{id}': 'contacts:write',
  'POST /v1/decisions': 'consents:read',
  'POST /v1/events': 'events:write',
  'POST /v1/events/batch': 'events:write',
  'GET /v1/events/names': 'events:read',
  'GET /v1/contacts/{id}/events': 'events:read',
  'GET /v1/law-overrides': 'law:read',
  'GET /v1/law-packs': 'law:read',
  'GET /v1/law-packs/{code}': 'law:read',
  'PUT /v1/law-packs/{code}/overrides/{cell}': 'law:write',
  'DELETE /v1/law-packs/{code}/overrides/{cell}': 'law:write',
  'POST /v1/forms': 'forms:write',
  'GET /v1/forms': 'forms:read',
  'GET /v1/forms/{id}': 'forms:read',
  'GET /v1/forms/{id}/versions': 'forms:read',
  'GET /v1/forms/{id}/embed': 'forms:read',
  'PATCH /v1/forms/{id}': 'forms:write',
  'DELETE /v1/forms/{id}': 'forms:write',
  'POST /v1/sign-ups': 'sign-ups:write',
  'GET /v1/ledger/verification': 'consents:read',
  'POST /v1/imports': 'contacts:write',
  'GET /v1/imports': 'contacts:read',
  'GET /v1/imports/{id}': 'contacts:read',
  'POST /v1/imports/{id}/cancel': 'contacts:write',
  'GET /v1/imports/{id}/rejections': 'contacts:read',
  'GET /v1/frequency-cap': 'senders:read',
  'PUT /v1/frequency-cap': 'senders:write',
  'GET /v1/senders/{id}/frequency-cap': 'senders:read',
  'PUT /v1/senders/{id}/frequency-cap': 'senders:write',
  'DELETE /v1/senders/{id}/frequency-cap': 'senders:write',
  'GET /v1/messages': 'messages:read',
  'GET /v1/messages/{id}': 'messages:read',
  'GET /v1/messages/{id}/why': 'messages:read',
  'POST /v1/messages/{id}/resolve': 'campaigns:send',
  'POST /v1/messages/{id}/resend': 'campaigns:send',
  'GET /v1/campaigns/{id}/unknowns': 'messages:read',
  'GET /v1/proofs': 'proofs:read',
  'GET /v1/segments/fields': 'segments:read',
  'POST /v1/segments/preview': 'segments:read',
  'POST /v1/segments': 'segments:write',
  'GET /v1/segments': 'segments:read',
  'GET /v1/segments/{id}': 'segments:read',
  'GET /v1/segments/{id}/preview': 'segments:read',
  'PATCH /v1/segments/{id}': 'segments:write',
  'DELETE /v1/segments/{id}': 'segments:write',
  'POST /v1/senders': 'senders:write',
  'GET /v1/senders': 'senders:read',
  'GET /v1/senders/{id}': 'senders:read',
  'PATCH /v1/senders/{id}': 'senders:write',
  'DELETE /v1/senders/{id}': 'senders:write',
  'GET /v1/senders/{id}/pacing': 'senders:read',
  'PUT /v1/senders/{id}/pacing': 'senders:write',
  'GET /v1/senders/{id}/warm-up': 'senders:read',
  'PUT /v1/senders/{id}/warm-up': 'senders:write',
  'DELETE /v1/senders/{id}/warm-up': 'senders:write',
  'GET /v1/senders/{id}/error-budget': 'senders:read',
  'PUT /v1/senders/{id}/error-budget': 'senders:write',
  'DELETE /v1/senders/{id}/error-budget': 'senders:write',
  'GET /v1/senders/{id}/similar-categories': 'senders:read',
  'PUT /v1/senders/{id}/similar-categories': 'senders:write',
  'GET /v1/senders/{id}/faq': 'senders:read',
  'PUT /v1/senders/{id}/faq': 'senders:write',
  'GET /v1/sequences/schema': 'sequences:read',
  'POST /v1/sequences': 'sequences:write',
  'GET /v1/sequences': 'sequences:read',
  'GET /v1/sequences/{id}': 'sequences:read',
  'PATCH /v1/sequences/{id}': 'sequences:write',
  'DELETE /v1/sequences/{id}': 'sequences:write',
  'GET /v1/sequences/{id}/versions': 'sequences:read',
  'POST /v1/sequences/{id}/start': 'campaigns:send',
  'POST /v1/sequences/{id}/pause': 'campaigns:send',
  'POST /v1/sequences/{id}/close': 'campaigns:send',
  'POST /v1/sequences/{id}/stop': 'campaigns:send',
  'POST /v1/sequences/{id}/resume-sending': 'campaigns:send',
  'GET /v1/sequences/{id}/places': 'sequences:read',
  'GET /v1/sequences/{id}/diagram': 'sequences:read',
  'POST /v1/sequences/{id}/enrolments': 'sequences:write',
  'GET /v1/enrolments/{id}': 'sequences:read',
  'POST /v1/sequences/{id}/simulate': 'sequences:read',
  'POST /v1/sequences/{id}/dry-run': 'sequences:read',
  'GET /v1/enrolments': 'sequences:read',
  'GET /v1/enrolments/{id}/path': 'sequences:read',
  'DELETE /v1/enrolments/{id}': 'sequences:write',
  'GET /v1/sequences/ready-made': 'sequences:read',
  'GET /v1/sequences/ready-made/{key}': 'sequences:read',
  'POST /v1/sequences/ready-made/{key}/install': 'sequences:write',
  'GET /v1/senders/{id}/sms-budget': 'senders:read',
  'PUT /v1/senders/{id}/sms-budget': 'senders:write',
  'GET /v1/sms-closures': 'senders:read',
  'POST /v1/sms-closures/{id}/reopen': 'senders:write',
  'GET /v1/sms-prices': 'senders:read',
  'PUT /v1/sms-prices': 'senders:write',
  'PUT /v1/senders/{id}/tracking-topics': 'senders:write',
  'POST /v1/orders': 'orders:write',
  'GET /v1/orders': 'orders:read',
  'GET /v1/orders/{id}': 'orders:read',
  'PATCH /v1/orders/{id}': 'orders:write',
  'POST /v1/orders/{id}/fulfil': 'orders:write',
  'POST /v1/orders/{id}/cancel': 'orders:write',
  'POST /v1/orders/{id}/refund': 'orders:write',
  'GET /v1/contacts/{id}/purchases': 'orders:read',
  'GET /v1/purchase-scale': 'orders:read',
  'PUT /v1/purchase-scale': 'orders:write',
  'POST /v1/shops': 'senders:write',
  'GET /v1/shops': 'senders:read',
  'GET /v1/shops/{id}': 'senders:read',
  'GET /v1/shops/{id}/refusals': 'senders:read',
  'PUT /v1/shops/{id}': 'senders:write',
  'DELETE /v1/shops/{id}': 'senders:write',
  'POST /v1/shops/{id}/secret': 'senders:write',
  'POST /v1/subject-requests': 'contacts:write',
  'GET /v1/subject-requests': 'contacts:read',
  'GET /v1/subject-requests/{id}': 'contacts:read',
  'POST /v1/subject-requests/{id}/close': 'contacts:write',
  'POST /v1/suppressions': 'consents:write',
  'POST /v1/suppressions/search': 'consents:read',
  'GET /v1/suppressions': 'consents:read',
  'DELETE /v1/suppressions/{id}': 'consents:write',
  'POST /v1/team-addresses': 'senders:write',
  'GET /v1/team-addresses': 'senders:read',
  'DELETE /v1/team-addresses/{id}': 'senders:write',
  'POST /v1/templates': 'templates:write',
  'GET /v1/templates': 'templates:read',
  'GET /v1/templates/starters': 'templates:read',
  'GET /v1/templates/{id}': 'templates:read',
  'PUT /v1/templates/{id}': 'templates:write',
  'DELETE /v1/templates/{id}': 'templates:write',
  'GET /v1/templates/{id}/versions': 'templates:read',
  'GET /v1/templates/{id}/versions/{number}': 'templates:read',
  'POST /v1/templates/{id}/preview': 'templates:read',
  'POST /v1/topics': 'senders:write',
  'GET /v1/topics': 'senders:read',
  'GET /v1/topics/{id}': 'senders:read',
  'PATCH /v1/topics/{id}': 'senders:write',
  'DELETE /v1/topics/{id}': 'senders:write',
  'POST /v1/webhooks': 'webhooks:write',
  'GET /v1/webhooks': 'webhooks:read',
  'GET /v1/webhooks/{id}': 'webhooks:read',
  'PATCH /v1/webhooks/{id}': 'webhooks:write',
  'DELETE /v1/webhooks/{id}': 'webhooks:write',
  'POST /v1/webhooks/{id}/secret': 'webhooks:write',
  'POST /v1/webhooks/{id}/ping': 'webhooks:write',
  'POST /v1/webhooks/{id}/replay': 'webhooks:write',
  'GET /v1/webhooks/{id}/deliveries': 'webhooks:read',
};

/** What is told of a contact that is no more: the ledger outlives the profile. */
const outlives = ['GET /v1/contacts/{id}/consents', 'GET /v1/contacts/{id}/consent-events'];

/** Reads that are noted in the audit trail: somebody took people's data along. */
const notedReads = ['/v1/contacts/export', '/v1/contacts/{id}/export'];

interface Place {
  name: string;
  method: string;
  path: string;
  operation: Operation;
}

/** The kind of id that a path's `{id}` means. */
const prefixes: Record<string, string> = {
  'api-keys': 'key',
  attributes: 'att',
  campaigns: 'cam',
  consents: 'cev',
  contacts: 'con',
  feedback: 'fbk',
  forms: 'frm',
  imports: 'imp',
  messages: 'msg',
  orders: 'ord',
  segments: 'seg',
  senders: 'snd',
  shops: 'shp',
  'subject-requests': 'srq',
  suppressions: 'sup',
  'team-addresses': 'adr',
  templates: 'tpl',
  topics: 'top',
  webhooks: 'whk',
};

describe('a hostile caller of', () => {
  let system: TestSystem;
  let document: OpenApi;
  let places: Place[];
  let bearer: Record<string, string>;
  /** One id that exists of each kind. */
  const ids: Record<string, string> = {};
  const json = { 'content-type': 'application/json' };

  beforeAll(async () => {
    system = await testSystem('postgres', { startWorker: false });
    document = (await system.request('GET', '/openapi.json')).body as OpenApi;
    bearer = { authorization: `Bearer ${await system.keyWith(...scopes)}` };
    places = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, operation]) => ({
        ...{ name: `${method.toUpperCase()} ${path}`, method: method.toUpperCase(), path, operation },
      })),
    );
    await fill();
    await send(system.url, 'GET', '/v1/contacts', bearer);
  });
  afterAll(() => system.close());

  async function fill(): Promise<void> {
    const made = async (path: string, body: unknown): Promise<string> => {
      const answer = await system.request('POST', path, body);
      if (answer.status !== 201) throw new Error(`${path} answered ${answer.status}: ${answer.text}`);
      return answer.body.id as string;
    };
    const shop = await addShop(system);
    Object.assign(ids, { snd: shop.senderId, top: shop.topicId, tpl: shop.templateId });
    ids['key'] = await made('/v1/api-keys', { name: 'one', scopes: ['contacts:read'] });
    ids['att'] = await made('/v1/attributes', { key: 'plan', type: 'text' });
    await made('/v1/attributes', { key: 'score', type: 'number' });
    ids['con'] = await made('/v1/contacts', { email: 'mona@example.com', attributes: { plan: 'gold' } });
    ids['cev'] = await made('/v1/consents', {
      ...{ contactId: ids['con'], channel: 'email', topicId: ids['top'], textShown: 'Yes', source: 'tests' },
    });
    ids['frm'] = await made('/v1/forms', {
      ...{ senderId: ids['snd'], name: 'Footer' },
      wording: { choices: [{ topicId: ids['top'], channel: 'email' }] },
    });
    ids['sup'] = await made('/v1/suppressions', { channel: 'email', address: 'gone@example.com' });
    ids['seg'] = await made('/v1/segments', { name: 'All', rule: { combinator: 'and', rules: [] } });
    ids['cam'] = await made('/v1/campaigns', { name: 'Draft', topicId: ids['top'], templateId: ids['tpl'] });
    ids['adr'] = await made('/v1/team-addresses', { email: 'team@example.com', senderId: ids['snd'] });
    ids['srq'] = await made('/v1/subject-requests', { kind: 'objection', contactId: ids['con'] });
    ids['imp'] = (await upload(system, 'email\nomar@example.com\nnot an email\n')).body.id as string;
    ids['shp'] = await made('/v1/shops', { name: 'Web', kind: 'generic', senderId: ids['snd'] });
    ids['ord'] = await made('/v1/orders', { shopId: ids['shp'], ...orderBody() });
    ids['whk'] = await made('/v1/webhooks', { url: 'https://hooks.invalid/ithn' });
    await system.app.get(FeedbackService, { strict: false }).record([
      {
        ...{
          source: 'mail',
          sourceEventId: 'one',
          kind: 'bounced',
          key: null,
          occurredAt: system.clock.now(),
        },
        heldFor: 'UNPROVEN',
      },
    ]);
    ids['fbk'] = 'fbk_1';
    ids['msg'] = 'msg_1_1';
  }

  const pathOf = ({ path }: Place, id?: string): string =>
    path
      .replace('{id}', id ?? ids[prefixes[path.split('/')[2] ?? ''] ?? ''] ?? 'x')
      .replace('{number}', '1')
      .replace('{code}', 'GB')
      .replace('{country}', 'TR')
      .replace('{provider}', 'sendgrid')
      .replace('{token}', 'x')
      .replace('{cell}', 'hours.sms');

  const requiredQuery = ({ operation }: Place): string => {
    const names = (operation.parameters ?? []).filter(
      ({ in: where, required }) => where === 'query' && required,
    );
    const valueOf = (name: string): string => (name === 'senderId' ? ids['snd'] : 'because+of+tests') ?? '';
    return names.length === 0 ? '' : `?${names.map(({ name }) => `${name}=${valueOf(name)}`).join('&')}`;
  };

  const bodies = ({ operation }: Place): fc.Arbitrary<unknown> | null => {
    const schema = operation.requestBody?.content['application/json']?.schema;
    return schema ? bodiesOf(schema, document, ids) : null;
  };

  /** Everything that is stored, but for the answers kept for an Idempotency-Key. */
  async function stored(): Promise<Record<string, string>> {
    const { 'public.idempotent_request': _, ...tables } = await snapshot(system.database.db);
    return tables;
  }

  /** The next transaction number: while it stays, nobody wrote anything, and no table need be read. */
  async function writes(): Promise<string> {
    const row = await system.database.db.queryOne<{ next: string }>(
      'SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS next',
    );
    return row?.next ?? '';
  }

  /** Asks, and notes what is wrong with the answer and what a refusal changed. */
  class Inquest {
    readonly faults = new Set<string>();
    readonly statuses: Record<number, number> = {};
    #before: Record<string, string> | undefined;
    #writes: string | undefined;

    async ask(
      what: string,
      go: () => Promise<RawAnswer>,
      expected?: number[],
      hasBody = true,
    ): Promise<RawAnswer> {
      this.#before ??= await stored();
      this.#writes ??= await writes();
      const answer = await go();
      this.statuses[answer.status] = (this.statuses[answer.status] ?? 0) + 1;
      const fault = faultOf(answer, hasBody);
      if (fault) this.faults.add(`${what} ${fault}`);
      if (expected && !expected.includes(answer.status)) {
        this.faults.add(
          `${what} answered ${answer.status} instead of ${expected.join(' or ')}: ${answer.text.slice(0, 150)}`,
        );
      }
      return answer;
    }

    /** Whether the database is as it was; afterwards it is compared with what it is now. */
    async expectNothingChanged(what: string): Promise<void> {
      const written = await writes();
      if (written === this.#writes) return;
      this.#writes = written;
      const now = await stored();
      const before = this.#before ?? now;
      for (const table of Object.keys(now)) {
        if (now[table] !== before[table]) this.faults.add(`${what} changed ${table}`);
      }
      this.#before = now;
    }

    /** What was changed so far is right so. */
    accept(): void {
      this.#before = this.#writes = undefined;
    }

    async conclude(): Promise<void> {
      expect([...this.faults]).toEqual([]);
      expect((await send(system.url, 'GET', '/health/ready')).status).toBe(200);
    }
  }

  it('every operation says which scope it needs', () => {
    const under = places.filter(({ path }) => path.startsWith('/v1/'));
    const said = under.map(({ name, operation }) => [
      name,
      /Needs the scopes? (.*)\.$/.exec(operation.description ?? '')?.[1],
    ]);
    const needed = Object.entries(scopeOf).map(([name, scope]) => [
      name,
      [scope]
        .flat()
        .map(one => `\`${one}\``)
        .join(' and '),
    ]);
    expect(Object.fromEntries(said)).toEqual(Object.fromEntries(needed));
  });

  it(
    'every operation is refused without a key, and with one that lacks its scope',
    async () => {
      const inquest = new Inquest();
      const under = places.filter(({ path }) => path.startsWith('/v1/'));
      expect(under.map(({ name }) => name).sort()).toEqual(Object.keys(scopeOf).sort());
      const weak = new Map<Scope, string>();
      const only = new Map<Scope, string>();
      for (const scope of scopes) {
        weak.set(scope, await system.keyWith(...scopes.filter(other => other !== scope)));
        only.set(scope, await system.keyWith(scope));
      }
      for (const place of under) {
        const { name, method } = place;
        const needed = [scopeOf[name] as Scope | Scope[]].flat();
        const path = pathOf(place, 'xyz_1');
        await inquest.ask(`${name} without a key`, () => send(system.url, method, path), [401]);
        const wrong = { authorization: `Bearer ithn_${'A'.repeat(43)}` };
        await inquest.ask(`${name} with an unknown key`, () => send(system.url, method, path, wrong), [401]);
        for (const scope of needed) {
          const lacking = { authorization: `Bearer ${weak.get(scope)}` };
          const refused = await inquest.ask(
            `${name} without ${scope}`,
            () => send(system.url, method, path, lacking),
            [403],
          );
          expect(refused.text).toContain(scope);
        }
        const [scope] = needed as [Scope];
        const key = needed.length === 1 ? only.get(scope) : await system.keyWith(...needed);
        const enough = { authorization: `Bearer ${key}` };
        const { status } = await inquest.ask(`${name} with ${needed.join(' and ')}`, () =>
          send(system.url, method, path, enough),
        );
        if (status === 401 || status === 403)
          inquest.faults.add(`${name} wants more than ${needed.join(' and ')}`);
        inquest.accept();
      }
      await inquest.conclude();
    },
    TIMEOUT_MS,
  );

  it(
    'every operation gets nothing by ids that name nothing',
    async () => {
      const inquest = new Inquest();
      for (const place of places.filter(({ path }) => path.includes('{id}'))) {
        const valid = bodies(place);
        const body = valid && JSON.stringify(fc.sample(valid, { seed: SEED, numRuns: 1 })[0]);
        const another = Object.entries(ids).find(
          ([prefix]) => prefix !== prefixes[place.path.split('/')[2] ?? ''],
        )?.[1];
        for (const id of [...absurdIds, another ?? '']) {
          const path = pathOf(place, id.replace(/[^\x21-\x7e]/gu, encodeURIComponent));
          const answer = () =>
            send(
              system.url,
              place.method,
              path + requiredQuery(place),
              { ...bearer, ...(body ? json : {}) },
              body ?? undefined,
            );
          const mayBeGone = outlives.includes(place.name) && /^con_9/.test(id);
          await inquest.ask(
            `${place.name} of ${id.slice(0, 60)}`,
            answer,
            mayBeGone ? [200, 404] : [404, 414],
          );
        }
        await inquest.expectNothingChanged(place.name);
      }
      await inquest.conclude();
    },
    TIMEOUT_MS,
  );

  it(
    'every query gets a clear refusal or a plain answer',
    async () => {
      const inquest = new Inquest();
      for (const place of places) {
        const parameters = (place.operation.parameters ?? []).filter(({ in: where }) => where === 'query');
        const asked = [
          ...parameters.flatMap(({ name }) => hostileQueries.map(value => `${name}=${value}`)),
          ...parameters.flatMap(({ name }) => [`${name}=1&${name}=2`, `${name}[]=1`, `${name}[a]=1`, name]),
          ...[
            'nobodyKnows=1',
            '__proto__=1',
            '__proto__[a]=1',
            'constructor=1',
            '&&&===',
            '%00=%00',
            `a=${'&a='.repeat(3_000)}`,
          ],
        ];
        if (place.method !== 'GET') continue;
        for (const query of asked) {
          await inquest.ask(`${place.name}?${query.slice(0, 60)}`, () =>
            send(system.url, 'GET', `${pathOf(place)}?${query}`, bearer),
          );
        }
      }
      await inquest.conclude();
    },
    TIMEOUT_MS,
  );

  it(
    'every operation refuses what is no body',
    async () => {
      const inquest = new Inquest();
      for (const place of places.filter(({ method }) => method !== 'GET')) {
        const path = pathOf(place, 'xyz_1') + requiredQuery(place);
        for (const [what, body, type] of hostileBodies) {
          const answer = () =>
            send(system.url, place.method, path, { ...bearer, 'content-type': type }, body);
          const { status } = await inquest.ask(`${place.name} with ${what}`, answer);
          if (status < 400 && place.name !== 'POST /v1/imports')
            inquest.faults.add(`${place.name} took ${what}`);
        }
        if (isSigned(place.path)) continue;
        const large = JSON.stringify({ name: 'x'.repeat(3_000_000) });
        const answer = () => send(system.url, place.method, path, { ...bearer, ...json }, large);
        await inquest.ask(`${place.name} with 3 MB`, answer, [413, 415]);
        if (place.name === 'POST /v1/imports') inquest.accept();
        else await inquest.expectNothingChanged(place.name);
      }
      await inquest.conclude();
    },
    TIMEOUT_MS,
  );

  it(
    'every operation with a body takes it whole or refuses it whole',
    async () => {
      const inquest = new Inquest();
      for (const place of places) {
        const valid = bodies(place);
        if (!valid) continue;
        const samples = [
          ...fc.sample(valid, { seed: SEED, numRuns: 8 }),
          ...fc.sample(mutated(valid), { seed: SEED, numRuns: BODIES }),
        ];
        for (const body of samples) {
          const text = JSON.stringify(body) ?? '';
          const answer = () => send(system.url, place.method, pathOf(place), { ...bearer, ...json }, text);
          const { status } = await inquest.ask(`${place.name} with ${text.slice(0, 300)}`, answer);
          if (status >= 400)
            await inquest.expectNothingChanged(`${place.name} (${status}) with ${text.slice(0, 300)}`);
          else inquest.accept();
        }
      }
      // A test in which nothing got in, or nothing was refused, would have asked the wrong questions.
      expect(inquest.statuses[201]).toBeGreaterThan(20);
      expect(inquest.statuses[400]).toBeGreaterThan(200);
      await inquest.conclude();
    },
    TIMEOUT_MS,
  );

  it(
    'no field of any body takes what the database cannot keep',
    async () => {
      const inquest = new Inquest();
      for (const place of places) {
        const valid = bodies(place);
        if (!valid || isSigned(place.path)) continue;
        const [body] = fc.sample(valid, { seed: SEED + 1, numRuns: 1 });
        for (const at of placesIn(body)) {
          for (const bad of ['a\ud800b', 'a\u0000b']) {
            const text = JSON.stringify(withValueAt(body, at, () => bad));
            const answer = () => send(system.url, place.method, pathOf(place), { ...bearer, ...json }, text);
            await inquest.ask(`${place.name} with ${JSON.stringify(bad)} at ${at.join('.')}`, answer, [400]);
          }
        }
        const key = () =>
          send(system.url, place.method, pathOf(place), { ...bearer, ...json }, '{"a\\ud800":1}');
        await inquest.ask(`${place.name} with a broken key`, key, [400]);
        await inquest.expectNothingChanged(place.name);
      }
      await inquest.conclude();
    },
    TIMEOUT_MS,
  );

  it(
    'an export who goes away before its end does not spoil the answers of others',
    async () => {
      const inquest = new Inquest();
      for (let round = 0; round < 100; round++) {
        await inquest.ask(
          'HEAD export',
          () => send(system.url, 'HEAD', '/v1/contacts/export', bearer),
          [200],
          false,
        );
        await inquest.ask(
          'GET afterwards',
          () => send(system.url, 'GET', `/v1/contacts/${ids['con']}`, bearer),
          [200],
        );
      }
      await inquest.conclude();
    },
    TIMEOUT_MS,
  );

  it(
    'every address by other methods changes nothing, and HEAD is a GET without its body',
    async () => {
      const inquest = new Inquest();
      const paths = [...new Set(places.map(({ path }) => path))];
      for (const path of [
        ...paths,
        '/',
        '/docs',
        '/openapi.json',
        '/u/x',
        '/p/x',
        '/v/x',
        '/v1',
        '/v1/',
        '//v1//contacts',
      ]) {
        const place = places.find(one => one.path === path) ?? {
          name: path,
          method: 'GET',
          path,
          operation: {},
        };
        const known = Object.keys(document.paths[path] ?? {}).map(method => method.toUpperCase());
        for (const method of ['HEAD', 'OPTIONS', 'PUT', 'TRACE', 'PATCH', 'PROPFIND', 'POST', 'DELETE']) {
          if (known.includes(method)) continue;
          const answer = await inquest.ask(
            `${method} ${path}`,
            () => send(system.url, method, pathOf(place), bearer),
            undefined,
            method !== 'HEAD' && !isPage(path),
          );
          if (method === 'HEAD' && known.includes('GET')) {
            const { status } = await send(system.url, 'GET', pathOf(place), bearer);
            if (status !== answer.status)
              inquest.faults.add(`HEAD ${path} answered ${answer.status}, GET ${status}`);
            // Reading all contacts, or all of one, is noted, whoever looked at the answer.
            if (notedReads.includes(path)) inquest.accept();
          }
          if (method === 'TRACE' && answer.status < 400)
            inquest.faults.add(`TRACE ${path} answered ${answer.status}`);
        }
        if (!notedReads.includes(path)) await inquest.expectNothingChanged(path);
      }
      await inquest.conclude();
    },
    TIMEOUT_MS,
  );

  it(
    'headers that are abused are refused or change nothing',
    async () => {
      const inquest = new Inquest();
      const key = bearer['authorization'] ?? '';
      const name = { name: 'x', scopes: ['contacts:read'] };
      const authorizations: (string | string[])[] = [
        ...[
          '',
          ' ',
          'Bearer',
          'Bearer ',
          'Basic eDp5',
          'Bearer null',
          `Bearer ${'x'.repeat(8_000)}`,
          'Bearer \u00ff\u00fe',
        ],
        ...[key.toUpperCase(), `${key}x`, key.slice(0, -1), key.replace('Bearer', 'Token')],
        ...[["Bearer ' OR 1=1", key], `Basic eDp5, ${key}`],
      ];
      for (const authorization of authorizations) {
        const answer = () => send(system.url, 'GET', '/v1/contacts', { authorization });
        await inquest.ask(`Authorization ${String(authorization).slice(0, 40)}`, answer, [401]);
      }
      for (const huge of ['authorization', 'x-anything', 'cookie']) {
        const answer = () =>
          send(system.url, 'GET', '/v1/contacts', { ...bearer, [huge]: 'x'.repeat(20_000) });
        await inquest.ask(`20,000 characters of ${huge}`, answer, [431]);
      }
      const keys: (string | string[])[] = [
        '',
        ' ',
        'a b',
        'é',
        'x'.repeat(256),
        'x'.repeat(5_000),
        ['a', 'b'],
        'a\tb',
      ];
      for (const idempotencyKey of keys) {
        const headers = { ...bearer, ...json, 'idempotency-key': idempotencyKey };
        const answer = () => send(system.url, 'POST', '/v1/api-keys', headers, JSON.stringify(name));
        await inquest.ask(`Idempotency-Key ${String(idempotencyKey).slice(0, 20)}`, answer, [400]);
      }
      for (const accept of ['', '*/*;q=0', 'application/xml', 'x'.repeat(5_000), '\u00ff']) {
        await inquest.ask(
          `Accept ${accept.slice(0, 20)}`,
          () => send(system.url, 'GET', '/v1/contacts', { ...bearer, accept }),
          [200],
        );
      }
      const strange = {
        ...bearer,
        'x-http-method-override': 'DELETE',
        'x-forwarded-for': "1.2.3.4', now()); --",
        'content-length': '0',
      };
      await inquest.ask(
        'overrides',
        () => send(system.url, 'GET', `/v1/contacts/${ids['con']}`, strange),
        [200],
      );
      for (const [what, body, code] of [
        ['duplicate keys', '{"name":"first","name":"","scopes":["contacts:read"]}', 400],
        ['content that is not as long as it says', '{"name":"x"', 400],
      ] as const) {
        await inquest.ask(
          what,
          () => send(system.url, 'POST', '/v1/api-keys', { ...bearer, ...json }, body),
          [code],
        );
      }
      await inquest.expectNothingChanged('a header');
      await inquest.conclude();
    },
    TIMEOUT_MS,
  );
});

/** Webhooks that others call are refused for their signature before anybody reads them; their own specs sign. */
function isSigned(path: string): boolean {
  return path.startsWith('/webhooks/');
}

/** Pages are for people: what is wrong, they say in HTML. */
function isPage(path: string): boolean {
  return /^\/[upvsc]\//.test(path);
}
