import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createNft } from '../../../src/adapters/nftables/nft.ts';
import { Nftables } from '../../../src/adapters/nftables/nftables.ts';
import { droppedIn, openNamespace, type Namespace } from '../../support/namespaces.ts';
import type { Hindrance, Place } from '../place.ts';
import { NETWORKS } from '../words.ts';

export interface NftPlace extends Place {
  namespace: Namespace;
  enforcer(): Nftables;
}

export const TABLE = 'guard';
/** Such an enforcer has no end. */
const MANY = 5_000;

const THEIRS = `table inet theirs {
  set known { type ipv4_addr; elements = { 192.0.2.1 } }
  chain input { type filter hook input priority filter; ip saddr @known counter accept; }
}`;

/** A host with a table of somebody else. */
export function openNftPlace(): NftPlace {
  const namespace = openNamespace();
  const folder = mkdtempSync(join(tmpdir(), 'nft-'));
  const binary = join(folder, 'nft');
  writeFileSync(binary, wrapper(namespace.name, folder), { mode: 0o755 });
  namespace.nft(THEIRS);
  const fault = (kind: 'throttle' | 'lose') => writeFileSync(join(folder, kind), '');
  return {
    namespace,
    words: {
      ...NETWORKS,
      scattered: (count) => NETWORKS.scattered(Math.min(count, MANY)),
    },
    enforcer: () => new Nftables(createNft(binary), TABLE),
    enforced: () => Promise.resolve(droppedIn(namespace.ruleset())),
    foreign: () => {
      const isOurs = ({ name, table = name }: Record<string, unknown>): boolean => table === TABLE;
      return Promise.resolve(namespace.ruleset().filter((one) => !Object.values(one).some(isOurs)));
    },
    hand: {
      edit: (part, { networks }) => {
        namespace.nft(
          `flush set inet ${TABLE} ${part}\nadd element inet ${TABLE} ${part} { ${networks.join(', ')} }`,
        );
        return Promise.resolve();
      },
      throttle: () => fault('throttle'),
      loseAnswer: () => fault('lose'),
    },
    close() {
      namespace.close();
      const isUnused = (['throttle', 'lose'] as const).some((kind) => existsSync(join(folder, kind)));
      rmSync(folder, { recursive: true });
      return isUnused ? Promise.reject(new Error('a fault has not come about')) : Promise.resolve();
    },
  };
}

/** nft in a namespace; of writes one is refused, or dies when it has done its work, if a file says so. */
function wrapper(namespace: string, folder: string): string {
  return `#!/bin/sh
nft() { ip netns exec ${namespace} nft "$@"; }
if [ "$1" = -f ] && rm ${folder}/throttle 2>/dev/null; then
  echo 'Error: Could not process rule: Resource temporarily unavailable' >&2
  exit 1
fi
if [ "$1" = -f ] && rm ${folder}/lose 2>/dev/null; then
  nft "$@"
  kill -9 $$
fi
nft "$@"
`;
}

export const HINDRANCES: readonly Hindrance<NftPlace>[] = [
  {
    when: 'its table is dormant',
    severity: 'blind',
    arrange: ({ namespace }) => inNamespace(namespace, `add table inet ${TABLE} { flags dormant; }`),
  },
  {
    when: 'its chain is empty',
    severity: 'blind',
    arrange: ({ namespace }) => inNamespace(namespace, `flush chain inet ${TABLE} drop_listed`),
  },
];

function inNamespace(namespace: Namespace, text: string): Promise<void> {
  namespace.nft(text);
  return Promise.resolve();
}
