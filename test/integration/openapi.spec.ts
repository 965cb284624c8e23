import { ModulesContainer } from '@nestjs/core';
import { z } from 'zod';
import { testApi, type TestApi } from '../factories/api.js';

interface Described {
  operationId: string;
  parameters?: { name: string; in: string }[];
  responses: Record<
    string,
    { content?: Record<string, { schema: { properties?: Record<string, unknown> } }> }
  >;
}

describe('the description of the API', () => {
  let api: TestApi;
  let text: string;
  let operations: { name: string; operation: Described }[];
  beforeAll(async () => {
    api = await testApi();
    const document = await api.request('GET', '/openapi.json');
    text = document.text;
    const paths = document.body.paths as Record<string, Record<string, Described>>;
    operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        ...{ name: `${method.toUpperCase()} ${path}`, operation },
      })),
    );
  });
  afterAll(() => api.close());

  const queryOf = ({ parameters = [] }: Described): string[] =>
    parameters.filter(parameter => parameter.in === 'query').map(({ name }) => name);

  /** Every handler's query schema, by the id of its operation. */
  function querySchemas(): Map<string, z.ZodType> {
    const found = new Map<string, z.ZodType>();
    for (const { controllers } of api.app.get(ModulesContainer).values()) {
      for (const { metatype } of controllers.values()) {
        const controller = metatype as new () => object;
        for (const method of Object.getOwnPropertyNames(controller.prototype)) {
          const routeArgs = Reflect.getMetadata('__routeArguments__', controller, method) as
            Record<string, { schema?: z.ZodType }> | undefined;
          // 4: a query, as Nest numbers what a handler takes.
          const query = Object.entries(routeArgs ?? {}).find(([key]) => key.startsWith('4:'))?.[1];
          if (query?.schema) found.set(`${controller.name}_${method}`, query.schema);
        }
      }
    }
    return found;
  }

  it('names every parameter that a query takes', () => {
    const schemas = querySchemas();
    expect(schemas.size).toBeGreaterThan(35);
    const missing: string[] = [];
    for (const [id, schema] of schemas) {
      const operation = operations.find(one => one.operation.operationId === id)?.operation;
      const { properties = {} } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
      expect(Object.keys(properties)).not.toEqual([]);
      const named = operation ? queryOf(operation) : [];
      missing.push(
        ...Object.keys(properties)
          .filter(name => !named.includes(name))
          .map(name => `${id} ${name}`),
      );
    }
    expect(missing).toEqual([]);
  });

  it('says of every list in pages how to turn them', () => {
    const lists = operations.filter(({ operation }) =>
      Object.keys(
        operation.responses['200']?.content?.['application/json']?.schema.properties ?? {},
      ).includes('nextCursor'),
    );
    expect(lists.length).toBeGreaterThan(25);
    for (const { name, operation } of lists)
      expect([name, ...queryOf(operation)]).toEqual(expect.arrayContaining([name, 'limit', 'cursor']));
  });

  it('refers to nothing that it does not hold', () => {
    const { components } = JSON.parse(text) as { components: { schemas: Record<string, unknown> } };
    const named = [...text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name);
    expect([...new Set(named)].filter(name => !Object.hasOwn(components.schemas, name ?? ''))).toEqual([]);
  });

  it('holds what others call without a key: shops, and providers of mails and SMS', () => {
    const incoming = operations.filter(({ name }) => name.includes(' /webhooks/'));
    expect(incoming.map(({ name }) => name).sort()).toEqual([
      'POST /webhooks/shops/{id}',
      'POST /webhooks/twilio/inbound',
      'POST /webhooks/twilio/status/{token}',
      'POST /webhooks/{provider}',
    ]);
    for (const { operation } of incoming) {
      expect(operation).toMatchObject({ security: [], requestBody: { required: true } });
      expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(['400', '404', '413']));
    }
  });
});
