import { format, ListParser, subtract, toSet, type IpRange, type RangeSet } from '@groundwork/ip-ranges';
import type { Entries } from '../ports/entries.ts';

const utf8 = new TextEncoder();

/** What the entries come to: every address that a block names and no allow does. Countries are not in it. */
export async function compile(entries: Pick<Entries, 'ranges'>): Promise<RangeSet> {
  const blocked = await setOf(entries.ranges('block'));
  return subtract(blocked, await setOf(entries.ranges('allow')));
}

async function setOf(ranges: AsyncIterable<IpRange>): Promise<RangeSet> {
  const parser = new ListParser();
  for await (const range of ranges) parser.push(utf8.encode(`${format(range)}\n`));
  return toSet(parser.end());
}

/** The compiled list, made again only when something has changed. */
export function createCompiler(
  entries: Pick<Entries, 'ranges' | 'version'>,
): () => Promise<{ version: string; set: RangeSet }> {
  let latest: { version: string; set: Promise<RangeSet> } | undefined;
  return async () => {
    const version = await entries.version();
    // Whoever asks meanwhile waits for the same work.
    if (latest?.version !== version) latest = { version, set: compile(entries) };
    const { set } = latest;
    set.catch(() => (latest = undefined));
    return { version, set: await set };
  };
}
