import type { Version } from '../networks.ts';

/**
 * One of the sets of our table. Single addresses are in hash sets, which take and lose one in no
 * time, networks in interval sets, which are cheap only to replace as a whole: among 100,000
 * networks one more costs as much as all of them anew.
 */
export interface SetLayout {
  name: string;
  version: Version;
  kind: 'singles' | 'ranges';
}

export const SETS: readonly SetLayout[] = (['v4', 'v6'] as const).flatMap((version) =>
  (['singles', 'ranges'] as const).map((kind) => ({ name: `${kind}${version.slice(1)}`, version, kind })),
);

export const CHAIN = 'drop_listed';
/** Priority `raw`. https://wiki.nftables.org/wiki-nftables/index.php/Netfilter_hooks */
export const PRIORITY = -300;

/** So many elements in a statement: nft repeats the statement when something is wrong with it. */
const CHUNK = 5_000;

/**
 * The sets and the chain that drops what is in them. It comes before connection tracking (-200), so
 * that a flood from blocked addresses fills no table of connections, and cuts off also those that
 * are established.
 */
export function tableText(table: string): string {
  const sets = SETS.map(({ name, version, kind }) => {
    const type = version === 'v4' ? 'ipv4_addr' : 'ipv6_addr';
    // With timeouts a hash set grows as it needs to; none is ever set.
    return `  set ${name} { type ${type}; flags ${kind === 'singles' ? 'timeout' : 'interval'}; }`;
  });
  const rules = SETS.map(
    ({ name, version }) => `    ${version === 'v4' ? 'ip' : 'ip6'} saddr @${name} counter drop`,
  );
  return [
    `table inet ${table} {`,
    ...sets,
    `  chain ${CHAIN} {`,
    '    type filter hook prerouting priority raw; policy accept;',
    ...rules,
    '  }',
    '}',
    '',
  ].join('\n');
}

/** Statements that add elements to a set, or take some away. `create` fails if one is there already. */
export function elementsText(
  verb: 'add' | 'create' | 'delete',
  table: string,
  set: string,
  elements: readonly string[],
): string {
  let text = '';
  for (let at = 0; at < elements.length; at += CHUNK) {
    text += `${verb} element inet ${table} ${set} { ${elements.slice(at, at + CHUNK).join(', ')} }\n`;
  }
  return text;
}
