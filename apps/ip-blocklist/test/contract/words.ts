import type { Coverage } from '../../src/domain/networks.ts';
import { wanting } from './converge.ts';

/** What the contract asks for, in terms of what a kind of target knows. */
export interface Words {
  held: Coverage;
  /** It holds that too, and more. */
  more: Coverage;
  /** With everything that can be asked for. */
  most: Coverage;
  /** What somebody else writes into a part. */
  edited: { networks: string[]; countries: string[] };
  /** One after another; each shares something with the one before. */
  wishes: readonly Coverage[];
  /** So many that nothing can merge them. */
  scattered: (count: number) => Coverage;
}

export const NETWORKS: Words = {
  held: wanting(['203.0.113.0/24']),
  more: wanting(['203.0.113.0/24', '198.51.100.0/24']),
  most: wanting(['203.0.113.0/24', '198.51.100.0/24', '2001:db8::/32'], ['203.0.113.9/32']),
  edited: { networks: ['192.0.2.0/24'], countries: [] },
  wishes: [
    wanting(['203.0.113.0/24', '2001:db8::/32']),
    wanting(['203.0.113.0/24', '2001:db8::/32'], ['203.0.113.9/32', '2001:db8:1::/48']),
    wanting(['203.0.113.0/25', '198.51.100.0/24', '2001:db8:1::1/128'], ['203.0.113.8/29']),
    wanting(['198.51.100.7/32'], ['203.0.113.8/29', '2001:db8:1::/48']),
    wanting(['198.51.100.0/23', '192.0.2.0/24', '2001:db8::/33']),
    wanting([]),
    wanting(['0.0.0.0/0', '::/0'], ['192.0.2.0/24', '2001:db8::/32']),
  ],
  scattered: (count) =>
    wanting(Array.from({ length: count }, (_, i) => `10.${i >> 15}.${(i >> 7) & 255}.${(i & 127) * 2}/32`)),
};

export const COUNTRIES: Words = {
  held: wanting(['DE']),
  more: wanting(['DE', 'FR']),
  most: wanting(['AT', 'CH', 'DE', 'FR']),
  edited: { networks: [], countries: ['US'] },
  wishes: [wanting(['DE']), wanting(['AT', 'CH', 'DE']), wanting(['AT', 'FR']), wanting([]), wanting(['US'])],
  scattered: (count) => wanting(ALL.slice(0, count)),
};

/** Countries and addresses in one. */
export const BOTH: Words = {
  ...NETWORKS,
  most: wanting(['203.0.113.0/24', '198.51.100.0/24', '2001:db8::/32', 'DE'], ['203.0.113.9/32']),
  wishes: [
    ...NETWORKS.wishes.slice(0, 2),
    wanting(['203.0.113.0/24', 'DE', 'FR'], ['203.0.113.9/32']),
    wanting(['203.0.113.0/24', 'FR'], ['203.0.113.8/29', '2001:db8:1::/48']),
    ...NETWORKS.wishes.slice(2, 4),
    wanting(['198.51.100.7/32', 'US']),
    ...NETWORKS.wishes.slice(4),
  ],
};

const ALL =
  'AD AE AF AG AI AL AM AO AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BM BN BO BR BS BT BW BY BZ CA CD CF CG CH CI CK CL CM CN CO CR CU CV CY CZ'.split(
    ' ',
  );
