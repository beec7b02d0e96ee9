import { BlockList, isIP } from 'node:net';

/** Whether an address lies in a range such as `192.0.2.0/24`; false for what is no address or range. */
export function ipIn(text: string, range: string): boolean {
  const [base = '', bits] = range.split('/');
  const family = isIP(base);
  if (family === 0 || isIP(text) !== family) return false;
  const length = bits === undefined ? (family === 4 ? 32 : 128) : Number(bits);
  if (!Number.isInteger(length) || length < 0 || length > (family === 4 ? 32 : 128)) return false;
  const list = new BlockList();
  const name = family === 4 ? 'ipv4' : 'ipv6';
  list.addSubnet(base, length, name);
  return list.check(text, name);
}
