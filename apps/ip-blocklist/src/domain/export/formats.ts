import type { RangeSet } from '@groundwork/ip-ranges';
import { networksOf, only } from '../networks.ts';
import { elementsText, SETS, tableText } from '../nftables/layout.ts';
import type { List } from './list.ts';
import { versionOf } from './version.ts';

/** How the list can be had. */
export interface Format {
  type: string;
  /** Whether it tells countries, too. */
  hasCountries?: boolean;
  render: (list: List, version: string) => Uint8Array | string;
}

const TEXT = 'text/plain; charset=utf-8';
const TABLE = 'groundwork';

export const FORMATS = {
  plain: { type: TEXT, render: ({ lines }) => lines },
  nftables: { type: TEXT, render: ({ blocked }, version) => nftables(blocked, version) },
  nginx: { type: TEXT, render: ({ blocked }, version) => nginx(blocked, version) },
  json: {
    type: 'application/json',
    hasCountries: true,
    render: ({ lines, countries }, version) => {
      const networks = new TextDecoder().decode(lines).split('\n').slice(0, -1);
      return JSON.stringify({ version, networks, countries });
    },
  },
} as const satisfies Record<string, Format>;

export type FormatName = keyof typeof FORMATS;

/** Tells one list from another, in one format. */
export function versionIn(name: FormatName, { lines, countries }: List): string {
  const { hasCountries = false }: Format = FORMATS[name];
  return versionOf(name, lines, hasCountries ? countries : []);
}

/** A whole file for `nft -f`, which is one transaction: a table is deleted that was made just before, or is an older one. */
function nftables(blocked: RangeSet, version: string): string {
  const elements = SETS.map(({ name, version: family, kind }) => {
    const isSingle = (network: string): boolean => network.endsWith(family === 'v4' ? '/32' : '/128');
    const networks = networksOf(only(blocked, family)).filter(
      (one) => isSingle(one) === (kind === 'singles'),
    );
    const bare = kind === 'singles' ? networks.map((one) => one.slice(0, one.indexOf('/'))) : networks;
    return elementsText('add', TABLE, name, bare);
  });
  const replace = `table inet ${TABLE} {}\ndelete table inet ${TABLE}\n`;
  return `#!/usr/sbin/nft -f\n# List ${version}\n${replace}${tableText(TABLE)}${elements.join('')}`;
}

function nginx(blocked: RangeSet, version: string): string {
  const include = [
    `# List ${version}. In the http block:`,
    '#   geo $blocked { default 0; include /etc/nginx/blocklist.geo; }',
    '# and in a server: if ($blocked) { return 403; }',
  ];
  return [...include, ...networksOf(blocked).map((network) => `${network} 1;`), ''].join('\n');
}
