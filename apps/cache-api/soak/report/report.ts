import type { Measured } from '../run.ts';
import type { Soak } from '../soak.ts';
import { compare } from '../usage/growth.ts';
import { readLogs } from '../usage/logs.ts';
import type { Memory } from '../usage/memory.ts';

/** What was seen, and in the end whether anything is broken. */
export function report(soak: Soak, measured: Measured, memory: Memory): string {
  const { broken, tally, world } = soak;
  const lines = ['', tally.table(), '', `held while nothing is asked, with ${world.storeName}:`];
  for (const { name, before, after, most, hasGrown } of compare(measured.before, measured.after)) {
    lines.push(`  ${name}: ${before} → ${after} (≤ ${before + most})`);
    if (hasGrown) broken.add('growth', `${name}: ${before} → ${after}`);
  }
  for (const { text, hasGrown } of memory.verdicts()) {
    lines.push(`  ${text}`);
    if (hasGrown) broken.add('growth', text);
  }
  const { counts, wrong } = readLogs(world.instances);
  lines.push(`  ${soak.pulse.text}`);
  for (const one of wrong) broken.add('not a log line', one);
  lines.push(
    'logged:',
    ...[...counts].toSorted(([, a], [, b]) => b - a).map(([text, count]) => `  ${count} × ${text}`),
  );
  if (measured.left.length > 0) lines.push(`no time for: ${measured.left.join(', ')}`);
  lines.push(
    '',
    broken.count === 0 ? 'Nothing is broken.' : `BROKEN, ${broken.count} times:\n${broken.text}`,
  );
  return lines.join('\n');
}
