import { format, parse } from '@groundwork/ip-ranges';

/** A network as we write it, always with its prefix: AWS gives IPv6 back in its long form. */
export function canonical(network: string): string {
  const parsed = parse(network);
  if (!parsed.ok) return network;
  const text = format(parsed.range);
  return text.includes('/') ? text : `${text}/${parsed.range.family === 4 ? 32 : 128}`;
}
