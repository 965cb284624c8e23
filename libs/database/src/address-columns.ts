/** A table with fingerprints of addresses, and which of its columns they are. */
export interface AddressColumns {
  table: string;
  columns: readonly [string, ...string[]];
}

/**
 * Every fingerprint that is brought up when a key is added, in the order in which the tables are locked: that of the
 * transactions which write several of them, so that none waits in a circle. A test asks the catalogue whether a column
 * was forgotten here.
 */
export const addressColumns: readonly AddressColumns[] = [
  { table: 'contact', columns: ['email_hash', 'phone_hash'] },
  { table: 'confirmation_request', columns: ['address_hash'] },
  { table: 'suppressed_address', columns: ['address_hash'] },
  { table: 'suppression', columns: ['address_hash'] },
  { table: 'erased_address', columns: ['address_hash'] },
  { table: 'consent_forecast_suspect', columns: ['address_hash'] },
  { table: 'message', columns: ['address_hash'] },
];

/** Columns that are called a hash and stay as they are, with the reason. */
export const keptHashes: Readonly<Record<string, string>> = {
  'consent_event.address_hash':
    'The ledger never changes: its links are made over it. Look-ups ask for the fingerprints of every generation, and ' +
    'address_generation_of tells which one an event has.',
  'consent_proof.address_hash': 'As the ledger had it. Looked up by the fingerprints of every generation.',
  'consent_proof.text_hash': 'Of a wording, not of an address.',
  'consent_event.text_hash': 'Of a wording, not of an address.',
  'shop_order.details_hash': 'Of what an order is of: two tellings of one moment are told apart by it.',
  'shop_order.told_email_hash':
    'Of what a shop told with an order. Compared with the fingerprints of every generation when it tells again.',
  'shop_order.told_phone_hash': 'As shop_order.told_email_hash.',
  'api_key.key_hash': 'Of an API key, not of an address.',
};
