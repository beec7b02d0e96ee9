import { BlockList, isIP } from 'node:net';

/**
 * Whether an address is one of those that may send.
 * @param text addresses and CIDR ranges, separated by blanks, commas or lines; empty lets everyone in
 * @throws Error naming what is neither
 */
export function allowedPeers(text: string): (address: string) => boolean {
  const list = new BlockList();
  const entries = text.split(/[\s,;]+/).filter((entry) => entry !== '');
  for (const entry of entries) {
    const [address = '', length] = entry.split('/', 2);
    const family = isIP(address);
    const bits = length === undefined ? (family === 4 ? 32 : 128) : Number(length);
    if (family === 0 || !Number.isInteger(bits) || bits < 0 || bits > (family === 4 ? 32 : 128) || length === '')
      throw new Error(`"${entry.slice(0, 60)}" is neither an address nor a range such as 192.0.2.0/24.`);
    list.addSubnet(address, bits, family === 4 ? 'ipv4' : 'ipv6');
  }
  return (address) =>
    entries.length === 0 || list.check(plainAddress(address), isIP(plainAddress(address)) === 6 ? 'ipv6' : 'ipv4');
}

/** An IPv4 address that came over an IPv6 socket, without its prefix; a zone index is left out. */
export function plainAddress(address: string): string {
  const bare = address.split('%', 1)[0] ?? address;
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)?.[1] ?? bare;
}
