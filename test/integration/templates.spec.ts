import { TemplatesService } from '#templates';
import { type TestApi, testApi } from '../factories/api.js';
import { addContact } from '../factories/contact.js';
import { addSender } from '../factories/sender.js';
import { englishContent, section } from '../factories/template.js';

describe('templates', () => {
  let api: TestApi;
  let names = 0;
  beforeAll(async () => {
    api = await testApi();
  });
  afterAll(() => api.close());

  const aName = (): string => `Template ${++names}`;
  const make = async (body = section('Dear {{ contact.firstName }}'), name = aName()) => {
    const answer = await api.request('POST', '/v1/templates', { name, content: englishContent(body) });
    expect(answer.status).toBe(201);
    return answer.body as { id: string; version: { id: string; number: number } };
  };
  const put = (id: string, body: string) =>
    api.request('PUT', `/v1/templates/${id}`, {
      name: aName(),
      defaultLocale: 'en',
      content: englishContent(body),
    });
  const service = (): TemplatesService => api.app.get(TemplatesService, { strict: false });
  const versionNumber = (versionId: string): number => Number(versionId.replace('tpv_', ''));
  const use = (version: { id: string }): Promise<void> =>
    service().markUsed(versionNumber(version.id), api.clock.now());

  it('are created, read, listed and deleted', async () => {
    const made = await make();
    expect(made).toMatchObject({ channel: 'email', version: { number: 1, usedAt: null, missing: [] } });
    expect((await api.request('GET', `/v1/templates/${made.id}`)).body.version.content.en.subject).toBe(
      'Hello',
    );
    const list = await api.request('GET', '/v1/templates?limit=200');
    expect(list.body.items.map((item: { id: string }) => item.id)).toContain(made.id);
    expect((await api.request('DELETE', `/v1/templates/${made.id}`)).status).toBe(204);
    expect((await api.request('GET', `/v1/templates/${made.id}`)).body.code).toBe('TEMPLATE_NOT_FOUND');
  });

  it('tell what a draft still lacks', async () => {
    const content = { en: { subject: 'x' }, ar: { mjml: section('س') } };
    const answer = await api.request('POST', '/v1/templates', {
      name: aName(),
      defaultLocale: 'en',
      content,
    });
    expect(answer.body.version.missing).toEqual(['ar.subject', 'en.mjml']);
    const preview = await api.request('POST', `/v1/templates/${answer.body.id}/preview`, {});
    expect(preview.status).toBe(422);
    expect(preview.body.code).toBe('TEMPLATE_INCOMPLETE');
  });

  it('start from a starter, and every starter can be previewed in both languages', async () => {
    const { items } = (await api.request('GET', '/v1/templates/starters')).body;
    expect(items.map((item: { key: string }) => item.key)).toEqual([
      'announcement',
      'newsletter',
      'offer',
      'welcome',
    ]);
    for (const { key } of items) {
      const made = await api.request('POST', '/v1/templates', { name: aName(), fromStarter: key });
      expect(made).toMatchObject({ status: 201, body: { warnings: [], version: { missing: [] } } });
      for (const [locale, dir] of Object.entries({ ar: 'rtl', en: 'ltr' })) {
        const preview = await api.request('POST', `/v1/templates/${made.body.id}/preview`, { locale });
        expect(preview.body).toMatchObject({ locale, dir, warnings: [] });
        expect(preview.body.html).toContain(`<html`);
        expect(preview.body.text).toContain('https://example.com/unsubscribe/preview');
      }
    }
    const unknown = await api.request('POST', '/v1/templates', { name: aName(), fromStarter: 'nothing' });
    expect(unknown).toMatchObject({ status: 404, body: { code: 'STARTER_NOT_FOUND' } });
  });

  it('keep a version that was used, and make a new one for the edit', async () => {
    const made = await make(section('first'));
    const edited = await put(made.id, section('second'));
    expect(edited.body.version).toMatchObject({ id: made.version.id, number: 1 });
    await use(made.version);
    await use(made.version);
    const third = await put(made.id, section('third'));
    expect(third.body.version).toMatchObject({ number: 2, usedAt: null });
    const used = await api.request('GET', `/v1/templates/${made.id}/versions/1`);
    expect(used.body.usedAt).toBe(api.clock.now().toISOString());
    expect(used.body.content.en.mjml).toContain('second');
    const versions = await api.request('GET', `/v1/templates/${made.id}/versions`);
    expect(versions.body.items.map((version: { number: number }) => version.number)).toEqual([1, 2]);
    const refused = await api.request('DELETE', `/v1/templates/${made.id}`);
    expect(refused).toMatchObject({ status: 409, body: { code: 'TEMPLATE_IN_USE' } });
  });

  it('edited by many at once lose no edit of a used version', async () => {
    const made = await make();
    await use(made.version);
    const answers = await Promise.all(['a', 'b', 'c', 'd'].map(text => put(made.id, section(text))));
    expect(answers.map(answer => answer.status)).toEqual([200, 200, 200, 200]);
    const versions = await api.request('GET', `/v1/templates/${made.id}/versions`);
    expect(versions.body.items.map((version: { number: number }) => version.number)).toEqual([1, 2]);
    expect(versions.body.items[0].content.en.mjml).toContain('Dear');
  });

  it('are compiled once a used version, and anew for a draft that changed', async () => {
    const made = await make(section('one'));
    const id = versionNumber(made.version.id);
    const draft = await service().compile(id);
    expect(await service().compile(id)).toBe(draft);
    await put(made.id, section('two'));
    expect(await service().compile(id)).not.toBe(draft);
    await use(made.version);
    const used = await service().compile(id);
    expect(await service().compile(id)).toBe(used);
    await expect(service().compile(999_999)).rejects.toMatchObject({ code: 'TEMPLATE_VERSION_NOT_FOUND' });
  });

  it('are previewed as a contact, with the details of a sender', async () => {
    const made = await make(
      section('{{ contact.firstName }} {{ contact.attributes.city }} {{ sender.legalName }}'),
    );
    const contact = await addContact(api.app, { firstName: 'Huda', locale: 'ar-SA' });
    const sender = await addSender(api.app);
    const path = `/v1/templates/${made.id}/preview`;
    const body = { contactId: `con_${contact.id}`, senderId: `snd_${sender.id}` };
    const preview = await api.request('POST', path, body);
    expect(preview.status).toBe(200);
    expect(preview.body).toMatchObject({ locale: 'en', dir: 'ltr', subject: 'Hello' });
    expect(preview.body.html).toContain('Huda  Nakheel Trading Company LLC');
    expect(preview.body.html).toContain('<div role="contentinfo" lang="ar"');
    expect(preview.body.html).toContain('1010123456');
    const weak = { authorization: `Bearer ${await api.keyWith('templates:read')}` };
    const refused = await api.request('POST', path, body, weak);
    expect(refused).toMatchObject({ status: 403, body: { code: 'SCOPE_MISSING' } });
    expect((await api.request('POST', path, { person: { firstName: 'Max' } }, weak)).body.html).toContain(
      'Max',
    );
    const nobody = await api.request('POST', path, { contactId: 'con_999999' });
    expect(nobody).toMatchObject({ status: 404, body: { code: 'CONTACT_NOT_FOUND' } });
    const nothing = await api.request('POST', path, { senderId: 'snd_999999' });
    expect(nothing).toMatchObject({ status: 404, body: { code: 'SENDER_NOT_FOUND' } });
  });

  it('that only some people set off are a 422 in their preview', async () => {
    const made = await make(
      section('{% if contact.firstName == "Max" %}{% for i in (1..100000000) %}x{% endfor %}{% endif %}'),
    );
    const preview = await api.request('POST', `/v1/templates/${made.id}/preview`, {
      person: { firstName: 'Max' },
    });
    expect(preview).toMatchObject({ status: 422, body: { code: 'RENDER_FAILED', retryable: false } });
  });

  it('have a name of their own', async () => {
    const name = aName();
    const made = await make(section('x'), name);
    const other = await make();
    const content = englishContent(section('x'));
    const again = await api.request('POST', '/v1/templates', { name, content });
    expect(again).toMatchObject({ status: 409, body: { code: 'TEMPLATE_NAME_TAKEN' } });
    const renamed = await api.request('PUT', `/v1/templates/${other.id}`, {
      name,
      defaultLocale: 'en',
      content,
    });
    expect(renamed).toMatchObject({ status: 409, body: { code: 'TEMPLATE_NAME_TAKEN' } });
    expect((await api.request('GET', `/v1/templates/${made.id}`)).body.name).toBe(name);
  });

  it('need the scope to be read and to be written', async () => {
    const reader = { authorization: `Bearer ${await api.keyWith('templates:read')}` };
    const writer = { authorization: `Bearer ${await api.keyWith('templates:write')}` };
    const body = { name: aName(), fromStarter: 'offer' };
    expect((await api.request('POST', '/v1/templates', body, reader)).status).toBe(403);
    expect((await api.request('GET', '/v1/templates', undefined, writer)).status).toBe(403);
    expect((await api.request('POST', '/v1/templates', body, writer)).status).toBe(201);
  });

  describe('from hostile hands', () => {
    const template = (mjml: unknown, more: object = {}) => ({
      name: 'Hostile',
      content: { en: { subject: 'x', mjml } },
      ...more,
    });
    const cases: [what: string, body: unknown, status: number, code: string][] = [
      ['10 MB', template('x'.repeat(10_000_000)), 413, 'BODY_TOO_LARGE'],
      ['a part over its limit', template('x'.repeat(300_000)), 413, 'TEMPLATE_TOO_LARGE'],
      [
        'a subject over its limit',
        { name: 'Hostile', content: { en: { subject: 'x'.repeat(501) } } },
        413,
        'TEMPLATE_TOO_LARGE',
      ],
      ['half a character', template('\ud800'), 400, 'BROKEN_UNICODE'],
      ['half a character in the name', template('x', { name: 'a\udfff' }), 400, 'BROKEN_UNICODE'],
      ['NUL', template('a\u0000b'), 400, 'NUL_CHARACTER'],
      ['a number for MJML', template(1e308), 400, 'VALIDATION_FAILED'],
      ['a list for MJML', template(['<mjml>']), 400, 'VALIDATION_FAILED'],
      ['an unknown language', { name: 'Hostile', content: { fr: {} } }, 400, 'VALIDATION_FAILED'],
      ['no language', { name: 'Hostile', content: {} }, 400, 'VALIDATION_FAILED'],
      ['a poisoned prototype', '{"name":"x","content":{"en":{"__proto__":{"a":1}}}}', 400, 'JSON_INVALID'],
      ['a constructor', { name: 'x', content: { constructor: {} } }, 400, 'VALIDATION_FAILED'],
      ['an SMS template with parts of a mail', template('x', { channel: 'sms' }), 422, 'TEMPLATE_INVALID'],
      ['neither content nor starter', { name: 'Hostile' }, 400, 'VALIDATION_FAILED'],
      ['both content and starter', template('x', { fromStarter: 'offer' }), 400, 'VALIDATION_FAILED'],
      [
        'a loop without end',
        template(section('{% for i in (1..100000000) %}x{% endfor %}')),
        422,
        'TEMPLATE_INVALID',
      ],
      ['a file of the server', template('<mj-include path="/etc/passwd" />'), 422, 'TEMPLATE_INVALID'],
      ['MJML that never ends', template('<mjml>'.repeat(30_000)), 422, 'TEMPLATE_INVALID'],
    ];

    it.each(cases)(
      '%s gets a problem with a code and a sentence, and nothing is kept',
      async (_, body, status, code) => {
        const headers = { 'content-type': 'application/json' };
        const sent = typeof body === 'string' ? body : JSON.stringify(body);
        const answer = await api.request('POST', '/v1/templates', sent, headers);
        expect(answer).toMatchObject({ status, body: { code } });
        expect(answer.body.detail.length).toBeGreaterThan(20);
        expect(await api.database.db.query(`SELECT 1 FROM template WHERE name IN ('Hostile', 'x')`)).toEqual(
          [],
        );
        expect((await api.request('GET', '/health/live')).status).toBe(200);
      },
    );

    it('an edit that is refused leaves the template as it was', async () => {
      const made = await make(section('as it was'));
      const answer = await put(made.id, section('\n{% if'));
      expect(answer).toMatchObject({ status: 422, body: { errors: [{ path: 'en.mjml:2' }] } });
      expect((await api.request('GET', `/v1/templates/${made.id}`)).body.version.content.en.mjml).toContain(
        'as it was',
      );
    });

    it.each([
      ['/v1/templates/tpl_999999', 404],
      ['/v1/templates/con_1', 404],
      ['/v1/templates/tpl_99999999999999999999', 404],
      ['/v1/templates/tpl_1%00', 404],
      ['/v1/templates/tpl_999999/versions', 404],
      ['/v1/templates/tpl_999999/versions/1e9', 404],
      ['/v1/templates/tpl_999999/versions/99999999999', 404],
      ['/v1/templates?cursor=nonsense', 400],
      ['/v1/templates?limit=1e9', 400],
    ])('GET %s is a %i', async (path, status) => {
      expect((await api.request('GET', path)).status).toBe(status);
    });

    it('a preview takes strange people, and shows them harmlessly', async () => {
      const made = await make(section('{{ contact.attributes.a }}{{ contact.attributes.toString }}'));
      const path = `/v1/templates/${made.id}/preview`;
      const strange = {
        firstName: '<b>\r\n',
        locale: '../..',
        attributes: { a: ['<img>', '\u202E'], toString: 'own', hasOwnProperty: true, length: 1e308 },
      };
      const answer = await api.request('POST', path, { person: strange });
      expect(answer.status).toBe(200);
      expect(answer.body.html).toContain('&lt;img&gt;');
      for (const person of [{ attributes: { a: {} } }, { firstName: 'x'.repeat(300) }, { nobody: 1 }, []]) {
        expect((await api.request('POST', path, { person })).status).toBe(400);
      }
      expect((await api.request('POST', path, { version: 9 })).body.code).toBe('TEMPLATE_VERSION_NOT_FOUND');
    });
  });
});
