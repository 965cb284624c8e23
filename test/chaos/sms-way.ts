import { type TokenSigner } from '#common';
import { type MessageKey, readSmsToken } from '#sending';
import { type RecordingMessagesApi, type TakenMessage } from '../factories/recording-messages-api.js';
import { twilioEnv } from '../factories/sms.js';
import { addPhones, addSmsShop, zoneAtNoon } from '../factories/sms-shop.js';
import { addCampaign } from '../factories/system.js';
import { type Way } from './way.js';

/** People written at once: their rows are one parameter. */
const AT_ONCE = 5000;

/** By SMS to an API in the place of Twilio's. @param more for the workers and the API */
export function bySms(messages: RecordingMessagesApi, more: Record<string, string>): Way {
  return {
    address: 'phone',
    env: { ...twilioEnv, TWILIO_API_URL: messages.url, ...more },
    get taken() {
      return messages.taken.length;
    },
    get offered() {
      return messages.offered;
    },
    addShop: addSmsShop,
    addPeople: async (api, shop, count) => {
      const timeZone = zoneAtNoon();
      for (let done = 0; done < count; done += AT_ONCE)
        await addPhones(api, shop, Math.min(AT_ONCE, count - done), { timeZone });
    },
    addCampaign: (api, shop) => addCampaign(api, shop, { channel: 'sms' }),
    arrivals: signer => {
      const key = readKey(signer);
      return messages.taken.map(message => ({ recipient: message.to, ...key(message) }));
    },
    close: () => messages.close(),
  };
}

/** Which row of the ledger a message is of; empty: none of ours. */
export function readKey(signer: TokenSigner): (message: TakenMessage) => Partial<MessageKey> {
  return ({ statusUrl }) => readSmsToken(signer, 'status', statusUrl.split('/').at(-1) ?? '') ?? {};
}
