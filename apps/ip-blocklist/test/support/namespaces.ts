import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { emptySet, union, type RangeSet } from '@groundwork/ip-ranges';
import { setOf } from '../../src/domain/networks.ts';

/** Why no network of our own can be made here; undefined when it can. */
export function whyMissing(): string | undefined {
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  for (const [program, ...args] of [
    ['ip', '-V'],
    ['nft', '--version'],
  ] as const) {
    if (spawnSync(program, args).status !== 0)
      return `${program} is not there: install nftables and iproute2`;
  }
  const name = newName();
  if (spawnSync('ip', ['netns', 'add', name]).status !== 0) return 'network namespaces cannot be made here';
  spawnSync('ip', ['netns', 'del', name]);
  return undefined;
}

/** A network of its own: interfaces, addresses, rules. */
export interface Namespace {
  name: string;
  /** Runs a program in it; throws when that fails. */
  run(program: string, ...args: string[]): string;
  nft(text: string): void;
  ruleset(): Record<string, Record<string, unknown>>[];
  close(): void;
}

export function openNamespace(): Namespace {
  const name = newName();
  ip('netns', 'add', name);
  const exec = (input: string | undefined, args: readonly string[]): string =>
    execFileSync('ip', ['netns', 'exec', name, ...args], { encoding: 'utf8', input, maxBuffer: 2 ** 28 });
  return {
    name,
    run: (...args) => exec(undefined, args),
    nft: (text) => void exec(text, ['nft', '-f', '-']),
    ruleset: () =>
      (JSON.parse(exec(undefined, ['nft', '-j', 'list', 'ruleset'])) as { nftables: [] }).nftables,
    close: () => ip('netns', 'del', name),
  };
}

/** Two of them with a cable in between. */
export function connect(one: Namespace, other: Namespace, addresses: readonly [string[], string[]]): void {
  const [here, there] = [`v${one.name.slice(-8)}a`, `v${one.name.slice(-8)}b`];
  ip('link', 'add', here, 'netns', one.name, 'type', 'veth', 'peer', 'name', there, 'netns', other.name);
  for (const [i, [end, link]] of (
    [
      [one, here],
      [other, there],
    ] as const
  ).entries()) {
    for (const address of addresses[i]!)
      end.run('ip', 'addr', 'add', address, 'dev', link, ...NO_PROBE(address));
    end.run('ip', 'link', 'set', link, 'up');
    end.run('ip', 'link', 'set', 'lo', 'up');
  }
}

/** Otherwise an IPv6 address is of no use until it was asked whether another has it. */
const NO_PROBE = (address: string): string[] => (address.includes(':') ? ['nodad'] : []);

/** What the rules of a namespace drop of all that comes in, as far as they are of the form that is understood here. */
export function droppedIn(ruleset: ReturnType<Namespace['ruleset']>): RangeSet {
  const of = (kind: string): Record<string, unknown>[] =>
    ruleset.map((one) => one[kind]).filter((one) => one !== undefined);
  let dropped = emptySet;
  for (const chain of of('chain')) {
    const table = of('table').find(
      ({ family, name }) => family === chain['family'] && name === chain['table'],
    );
    if (chain['hook'] !== 'prerouting' || table?.['flags'] !== undefined) continue;
    for (const rule of of('rule')) {
      if (rule['table'] !== chain['table'] || rule['chain'] !== chain['name']) continue;
      const text = JSON.stringify(rule['expr']);
      const [, name] = /"field": ?"saddr"[^@]*"@(\w+)".*\{"drop":null\}/.exec(text) ?? [];
      const set = of('set').find((one) => one['table'] === rule['table'] && one['name'] === name);
      dropped = union(dropped, setOf(((set?.['elem'] ?? []) as never[]).map(elementOf)));
    }
  }
  return dropped;
}

function elementOf(element: string | { prefix?: { addr: string; len: number }; range?: string[] }): string {
  if (typeof element === 'string') return element;
  const { prefix, range } = element;
  return prefix === undefined ? (range ?? []).join('-') : `${prefix.addr}/${prefix.len}`;
}

/** By its name it is known whose it is, should it be left behind. */
function newName(): string {
  return `groundwork-${randomBytes(4).toString('hex')}`;
}

function ip(...args: string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
