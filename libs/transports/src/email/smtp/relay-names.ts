import { type RelayOptions } from './relay-options.js';

/**
 * Relays, each under a name of its own, by which people, the ledger, limits and resends know it: its host; host and port
 * where several share the host; and its place among them (`mail.example:587#2`) where several share that too, such as two
 * accounts at one provider. Those keep their names as long as their order in the configuration stays.
 */
export function nameRelays(relays: readonly RelayOptions[]): RelayOptions[] {
  const timesOf = (names: readonly string[]) => (name: string) => names.filter(one => one === name).length;
  const byHost = timesOf(relays.map(({ name }) => name));
  const byPort = timesOf(relays.map(withPort));
  return relays.map((relay, at) => {
    if (byHost(relay.name) === 1) return relay;
    const name = withPort(relay);
    if (byPort(name) === 1) return { ...relay, name };
    const place = relays.slice(0, at + 1).filter(one => withPort(one) === name).length;
    return { ...relay, name: `${name}#${place}` };
  });
}

function withPort({ name, port }: RelayOptions): string {
  return `${name}:${port}`;
}
