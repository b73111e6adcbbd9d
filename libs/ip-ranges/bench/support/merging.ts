import { mergeCidr } from 'cidr-tools';
import { parseList, toCidrLines, toSet } from '../../src/index.ts';
import { rows, type Feed } from './data.ts';
import { limited, mustBeSame, type Figure } from './figure.ts';
import { inTurn } from './timing.ts';

/** From the feed as it was downloaded to the lines of the merged one. */
export function merging({ bytes }: Feed, rounds: number): Figure[] {
  const [encoder, decoder] = [new TextEncoder(), new TextDecoder()];
  let ours = new Uint8Array();
  let theirs = new Uint8Array();
  const ms = inTurn(
    {
      ours: () => {
        ours = new Uint8Array(toCidrLines(toSet(parseList(bytes))));
      },
      'cidr-tools': () => {
        const merged = mergeCidr(rows(bytes).map(([address = '']) => address));
        theirs = encoder.encode(`${merged.join('\n')}\n`);
      },
    },
    rounds,
  );
  mustBeSame('cidr-tools', decoder.decode(ours), decoder.decode(theirs));
  const detail = `${ms.ours.toFixed(1)} ms, cidr-tools ${ms['cidr-tools'].toFixed(0)} ms`;
  return [limited(`merge the feed (${detail})`, ms['cidr-tools'] / ms.ours, ' × cidr-tools', { atLeast: 7 })];
}
