import { type TokenSigner } from '#common';
import { readMessageIdHeader } from '#sending';
import { type TestApi } from '../factories/api.js';
import { type RecordingSink } from '../factories/recording-sink.js';
import { addCampaign, addPeople, addShop, type Shop } from '../factories/system.js';

/** A message that arrived. What is none of ours has no key. */
export interface Arrived {
  recipient: string;
  dispatchId?: number;
  contactId?: number;
}

/** How a trial's campaign leaves, and what arrived of it. */
export interface Way {
  /** The column of a contact that messages go to. */
  readonly address: 'email' | 'phone';
  /** What workers and API are configured with for it. */
  readonly env: Record<string, string>;
  /** Messages that were taken, and those that somebody began. */
  readonly taken: number;
  readonly offered: number;
  addShop(api: TestApi): Promise<Shop>;
  addPeople(api: TestApi, shop: Shop, count: number): Promise<void>;
  addCampaign(api: TestApi, shop: Shop): Promise<string>;
  arrivals(signer: TokenSigner): Arrived[];
  close(): Promise<void>;
}

/** The lanes that people are spread over, so that a campaign has several chunks however small it is. */
const DOMAINS = ['example.com', 'gmail.com', 'outlook.com', 'yahoo.com', 'icloud.com'];

/** By mail to a sink, which whoever started it closes. */
export function byEmail(sink: RecordingSink): Way {
  return {
    address: 'email',
    env: {},
    get taken() {
      return sink.taken.length;
    },
    get offered() {
      return sink.offered;
    },
    addShop,
    addPeople: async (api, shop, count) => {
      for (const domain of DOMAINS) await addPeople(api, shop, Math.ceil(count / DOMAINS.length), { domain });
    },
    addCampaign,
    arrivals: signer =>
      sink.taken.map(({ recipient, messageId }) => ({
        recipient,
        ...readMessageIdHeader(signer, messageId),
      })),
    close: () => Promise.resolve(),
  };
}
