import { ExportedList } from '@groundwork/contracts';
import { parseList, toSet, type RangeSet } from '@groundwork/ip-ranges';
import { versionOf } from '../domain/export/version.ts';

/** A list as the service has given it, whole. */
export interface TakenList {
  version: string;
  blocked: RangeSet;
  /** As it came. */
  text: string;
}

/** Throws an Error that says what is wrong: half a list would unblock the other half. */
export function readList(text: string): TakenList {
  const { version, networks, countries } = ExportedList.parse(parsed(text));
  const lines = networks.map((network) => `${network}\n`).join('');
  if (versionOf('json', lines, countries) !== version) {
    throw new Error('the list is not whole: its version is not that of what is in it');
  }
  const list = parseList(lines);
  const [problem] = list.problems;
  if (problem !== undefined) throw new Error(`the list is not one of networks: ${problem.message}`);
  return { version, blocked: toSet(list), text };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`the list is not whole: ${(error as Error).message}`, { cause: error });
  }
}
