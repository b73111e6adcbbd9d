import ipaddr from 'ipaddr.js';
import { format, parse, parseList } from '../../src/index.ts';
import { limited, mustBeSame, type Figure } from './figure.ts';
import { inTurn, randomWords } from './timing.ts';
import { dotted } from './data.ts';

const COUNT = 50_000;

/** One address after the other, as text, and all of them as a list. */
export function parsing(rounds: number): Figure[] {
  const random = randomWords(3);
  const hex = (): string => (random() & 0xffff).toString(16);
  const texts = {
    IPv4: Array.from({ length: COUNT }, () => dotted(random())),
    IPv6: Array.from({ length: COUNT }, (_, i) =>
      i % 2 === 0 ? `2001:db8:${hex()}::${hex()}` : `2001:db8:${Array.from({ length: 6 }, hex).join(':')}`,
    ),
  };
  return Object.entries(texts).flatMap(([family, addresses]) => compare(family, addresses, rounds));
}

function compare(family: string, addresses: readonly string[], rounds: number): Figure[] {
  for (const text of addresses.slice(0, 1_000)) {
    const parsed = parse(text);
    mustBeSame('ipaddr.js', parsed.ok ? format(parsed.range) : '', canonical(text));
  }
  const bytes = new TextEncoder().encode(addresses.join('\n'));
  let read = 0;
  const ms = inTurn(
    {
      parse: () => {
        for (const text of addresses) read += parse(text).ok ? 1 : 0;
      },
      parseList: () => {
        const { v4, v6 } = parseList(bytes);
        read += v4.count + v6.count;
      },
      'ipaddr.js': () => {
        for (const text of addresses) read += ipaddr.parse(text).kind().length;
      },
    },
    rounds,
  );
  if (read === 0) throw new Error('Nothing was parsed');
  const rate = (name: keyof typeof ms): string => `${(COUNT / ms[name] / 1e3).toFixed(2)} M/s`;
  return [
    limited(
      `parse ${family}, one by one (${rate('parse')}, ipaddr.js ${rate('ipaddr.js')})`,
      ms['ipaddr.js'] / ms.parse,
      ' × ipaddr.js',
      { atLeast: 1 },
    ),
    limited(
      `parse ${family}, as a list (${rate('parseList')})`,
      ms['ipaddr.js'] / ms.parseList,
      ' × ipaddr.js',
      { atLeast: 1 },
    ),
  ];
}

/** ipaddr.js knows no RFC 5952 for what is not the longest run; URL does. */
function canonical(text: string): string {
  const address = ipaddr.parse(text);
  return address.kind() === 'ipv4'
    ? address.toString()
    : new URL(`http://[${address.toNormalizedString()}]/`).hostname.slice(1, -1);
}
