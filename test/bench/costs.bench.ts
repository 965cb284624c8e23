import { Metrics } from '#metrics';
import { AudienceService } from '#sending';
import { startSmtpSink } from './smtp-sink.js';
import { addPeople, addShop, testSystem, until } from '../factories/system.js';
import { benchServer } from './bench-server.js';
import { type Bench } from './bench.js';
import { milliseconds } from './pairs.js';

/** What the parts of a campaign cost on this machine: the parameters of the model in docs/scaling.md. */
export const costsBench: Bench = {
  name: 'costs',
  about:
    'what freezing, a step and rendering cost, from a campaign to --contacts (5000); fills test/bench/simulation/measured.json',
  options: { contacts: '5000', batch: '50', runners: '1' },
  run: async ({ contacts, batch, runners }, say) => {
    const server = await benchServer();
    const sink = await startSmtpSink();
    const system = await testSystem('postgres', {
      database: server,
      startWorker: false,
      env: { SMTP_URL: sink.url, SENDING_BATCH: String(batch), SENDING_RUNNERS: String(runners) },
    });
    try {
      const shop = await addShop(system);
      await addPeople(system, shop, Number(contacts));
      await server.db.query('ANALYZE');
      say('freeze');
      const made = await system.request('POST', '/v1/campaigns', {
        ...{ name: 'Costs', topicId: shop.topicId, templateId: shop.templateId },
      });
      const launched = await system.request('POST', `/v1/campaigns/${made.body.id}/launch`);
      if (launched.status !== 202) throw new Error(launched.text);
      const [dispatch] = await server.db.query<{ id: number }>('SELECT max(id) AS id FROM dispatch');
      const audience = system.app.get(AudienceService, { strict: false });
      const freezeMs = await milliseconds(() => audience.freeze(dispatch?.id ?? 0));
      say('send');
      const sendMs = await milliseconds(async () => {
        await system.worker.start();
        await until(
          async () =>
            (await system.request('GET', `/v1/campaigns/${made.body.id}/progress`)).body.state as string,
          state => state === 'finished',
          600_000,
        );
      });
      const text = await system.app.get(Metrics).render();
      const figure = (name: string): number =>
        text
          .split('\n')
          .filter(line => line.startsWith(name))
          .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
      const mean = (name: string): number => figure(`${name}_sum`) / figure(`${name}_count`);
      return {
        ...{ name: 'costs', contacts: Number(contacts), batch: Number(batch) },
        freezeSecondsPerMillion: rounded((freezeMs / Number(contacts)) * 1000),
        stepMs: rounded(mean('ithn_step_seconds') * 1000),
        renderMs: rounded(mean('ithn_render_seconds') * 1000),
        transactionMs: rounded(mean('ithn_smtp_transaction_seconds') * 1000),
        perSecond: Math.round(Number(contacts) / (sendMs / 1000)),
      };
    } finally {
      await system.close();
      await sink.close();
      await server.close();
    }
  },
};

function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
