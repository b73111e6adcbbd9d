import { DRILLS } from './all.ts';
import { whyMissing } from './aws-cli.ts';
import { show } from './report.ts';

/** `npm run drill [-- <part of a name>]`: plays disasters, and prints what came of them. */
const part = process.argv.slice(2).join(' ');
const chosen = [...DRILLS].filter(([name]) => name.includes(part));
const problem =
  whyMissing() ??
  (chosen.length > 0
    ? undefined
    : `No drill has "${part}" in its name. There are:\n${[...DRILLS.keys()].join('\n')}`);
if (problem !== undefined) {
  process.stderr.write(`${problem}\n`);
  process.exit(64);
}
for (const [, play] of chosen) process.stdout.write(`${show(await play())}\n`);
