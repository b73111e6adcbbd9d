import { buildLookup, ListParser, parse } from '@groundwork/ip-ranges';
import type { CountryOf } from './client.ts';

const HEADING = 'network,country';

/**
 * Reads a CSV of `network,country` lines, of both families, with comments behind #. Of several
 * networks with an address in them the narrowest tells its country. `file` is for the message
 * about a line that is wrong.
 */
export function parseGeoFile(file: string, text: string): CountryOf {
  const networks = new ListParser();
  const countries: Record<4 | 6, string[]> = { 4: [], 6: [] };
  const encoder = new TextEncoder();
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    const content = (line.split('#')[0] ?? '').trim();
    if (content === '' || content === HEADING) continue;
    const refuse = (reason: string) => new Error(`${file}:${i + 1}: ${content}: ${reason}`);
    const [network = '', country = '', ...more] = content.split(',').map((field) => field.trim());
    if (more.length > 0 || country === '') throw refuse('a line is network,country');
    if (!/^[A-Z]{2}$/.test(country)) throw refuse('a country is two capitals, such as DE');
    const parsed = parse(network);
    if (!parsed.ok) throw refuse(parsed.problem.message);
    countries[parsed.range.family].push(country);
    networks.push(encoder.encode(`${network}\n`));
  }
  const lookup = buildLookup(networks.end());
  return (address) => {
    const found = lookup.find(address);
    return found && countries[found.family][found.entry];
  };
}
