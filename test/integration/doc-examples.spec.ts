import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '#common';
import { shopEventPayload } from '#orders';
import { definition } from '#sequences';
import { tellEvent } from '../../apps/api/src/events/events.schemas.js';
import { createWebhook, replayWebhook } from '../../apps/api/src/outgoing/webhooks.schemas.js';
import { faq } from '../../apps/api/src/senders/faq.schemas.js';
import { putSmsSources } from '../../apps/api/src/senders/sms-sources.schemas.js';
import { installRequest } from '../../apps/api/src/sequences/ready-made.schemas.js';
import { changeSecret, createShop } from '../../apps/api/src/shops/shops.schemas.js';
import { testApi } from '../factories/api.js';

const doc = (name: string): string => readFileSync(join(projectRoot(), 'docs', `${name}.md`), 'utf8');

/** The values of each JSON block, of which a block may have several, one after the other. */
function blocksOf(name: string): unknown[][] {
  return [...doc(name).matchAll(/^( *)```json\n(.*?)^ *```/gms)].map(([, , text = '']) =>
    text.split(/\n(?=\{)/).map(one => JSON.parse(one) as unknown),
  );
}

/** The JSON that stands in a sentence after these words. */
function saidAfter(name: string, words: string): unknown {
  const [, json = ''] = new RegExp(`${words}.*?\`(\\{.*?\\})\``, 's').exec(doc(name)) ?? [];
  return JSON.parse(json);
}

describe('what the documents show is taken by the API', () => {
  it('shops and their orders', () => {
    const [shop = [], events = []] = blocksOf('shops');
    expect(createShop.parse(shop[0])).toMatchObject({ kind: 'shopify', locale: null });
    const types = events.map(event => shopEventPayload.parse(event).type);
    expect(types).toEqual(['order.placed', 'order.fulfilled', 'order.cancelled', 'order.refunded']);
    expect(changeSecret.parse(saidAfter('shops', 'POST /v1/shops/:id/secret'))).toHaveProperty('secret');
  });

  it('an event of a person', () => {
    expect(tellEvent.parse(blocksOf('events')[0]?.[0])).toMatchObject({ name: 'cart.abandoned' });
  });

  it('sources of SMS, with a key and as JSON', () => {
    const [, curl = ''] = /```sh\n(curl .*?)```/s.exec(doc('sms')) ?? [];
    expect(curl).toContain('-H "authorization: Bearer $KEY"');
    expect(curl).toContain("-H 'content-type: application/json'");
    const [, body = ''] = /-d '(.*)'/s.exec(curl) ?? [];
    expect(putSmsSources.parse(JSON.parse(body)).sources).toHaveLength(3);
  });

  it('outgoing webhooks', () => {
    expect(createWebhook.parse(saidAfter('webhooks', 'POST /v1/webhooks`'))).toHaveProperty('kinds');
    expect(replayWebhook.parse(saidAfter('webhooks', '/replay`'))).toHaveProperty('since');
  });

  it('a definition of a sequence, what a ready-made one is installed with, and an FAQ', () => {
    const [entries, written, ...more] = blocksOf('sequences').flat();
    expect(faq.parse(entries).entries).toHaveLength(1);
    expect(definition.parse(written).steps).toHaveLength(4);
    expect(more).toEqual([]);
    const [, install = ''] = /\/install\s+# (\{.*\})/.exec(doc('sequences')) ?? [];
    expect(installRequest.parse(JSON.parse(install))).toMatchObject({ senderId: 'snd_1', sms: true });
  });

  it('rules of segments', async () => {
    const api = await testApi();
    try {
      await api.request('POST', '/v1/attributes', { key: 'tags', type: 'list' });
      const rules = blocksOf('segments').flat() as { rules?: unknown }[];
      expect(rules.length).toBeGreaterThan(1);
      for (const one of rules) {
        const rule = one.rules ? one : { combinator: 'and', rules: [one] };
        expect(await api.request('POST', '/v1/segments/preview', { rule })).toMatchObject({ status: 200 });
      }
    } finally {
      await api.close();
    }
  });
});
