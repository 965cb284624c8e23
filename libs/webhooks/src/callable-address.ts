import { BlockList, isIP } from 'node:net';

/**
 * Which addresses a webhook may call: public ones over https, and the networks that the operator named, also over http.
 * A webhook's URL comes from whoever holds an API key; without this they could make a worker knock at the database next
 * to it, or at the cloud's metadata service (server-side request forgery).
 */
export class CallableAddresses {
  readonly #own = new BlockList();
  readonly hasOwn: boolean;

  /** @param networks as `10.1.0.0/16` */
  constructor(networks: readonly string[]) {
    this.hasOwn = networks.length > 0;
    for (const network of networks) {
      const [address = '', bits = ''] = network.split('/');
      this.#own.addSubnet(address, Number(bits), isIP(address) === 6 ? 'ipv6' : 'ipv4');
    }
  }

  allows(address: string, protocol: string): boolean {
    const family = isIP(address);
    if (family === 0) return false;
    const kind = family === 6 ? 'ipv6' : 'ipv4';
    if (this.#own.check(address, kind)) return true;
    if (protocol !== 'https:') return false;
    return family === 4
      ? !special.check(address, 'ipv4')
      : global6.check(address, 'ipv6') && !special.check(address, 'ipv6');
  }

  /** What is wrong with a URL before anybody resolved its name; null: nothing. The address is looked at with each call. */
  troubleWith(text: string): string | null {
    if (!URL.canParse(text)) return 'The URL cannot be read.';
    const url = new URL(text);
    if (url.protocol !== 'https:' && !(url.protocol === 'http:' && this.hasOwn)) {
      return 'The URL must begin with https://. (http is for networks of your own, which WEBHOOK_NETWORKS names.)';
    }
    if (url.username !== '' || url.password !== '')
      return 'The URL must bear no user or password; the signature says who calls.';
    const host = hostOf(url);
    const isLocalName = host === 'localhost' || /\.(localhost|local|internal)$/.test(host);
    const isRefused = isIP(host) === 0 ? isLocalName && !this.hasOwn : !this.allows(host, url.protocol);
    return isRefused
      ? 'The URL leads into a private network. To allow it, name the network in WEBHOOK_NETWORKS.'
      : null;
  }
}

/** The name or address that a URL calls, without the brackets of IPv6 and the dot at the end. */
export function hostOf({ hostname }: URL): string {
  return hostname
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')
    .toLowerCase();
}

/** Blocks that are no public unicast addresses (IANA special-purpose registries; RFC 6890 and its updates). */
const special = new BlockList();
for (const block of [
  ...[
    '0.0.0.0/8',
    '10.0.0.0/8',
    '100.64.0.0/10',
    '127.0.0.0/8',
    '169.254.0.0/16',
    '172.16.0.0/12',
    '192.0.0.0/24',
  ],
  ...[
    '192.0.2.0/24',
    '192.88.99.0/24',
    '192.168.0.0/16',
    '198.18.0.0/15',
    '198.51.100.0/24',
    '203.0.113.0/24',
  ],
  ...['224.0.0.0/4', '240.0.0.0/4'],
]) {
  const [address = '', bits = ''] = block.split('/');
  special.addSubnet(address, Number(bits), 'ipv4');
}
// Teredo, ORCHID and the like; documentation; 6to4, which may hide any IPv4 address.
for (const [address, bits] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const) {
  special.addSubnet(address, bits, 'ipv6');
}

/** Everything else of IPv6 is no global unicast: loopback, unique and link local, mapped IPv4, NAT64, multicast. */
const global6 = new BlockList();
global6.addSubnet('2000::', 3, 'ipv6');
