/** gpu:a100:8(S:0-1),gpu:t4:1 → 9 */
export function gpusOf(gres: string): number {
  return [...gres.matchAll(/\bgpu(?::[^:,()]+)?:(\d+)/g)].reduce((all, [, count]) => all + Number(count), 0);
}

/** States in which Slurm starts nothing on a node; powered down (a ~ in sinfo) it is started for a job. */
const CLOSED = new Set([
  'down',
  'drain',
  'drained',
  'draining',
  'fail',
  'failing',
  'error',
  'maint',
  'unknown',
  'reserved',
  'no_respond',
  'not_responding',
  'invalid_reg',
  'future',
  'inval',
]);

export function closedBy(states: readonly string[], reason: string): string | undefined {
  const found = states
    .map((state) => state.toLowerCase().replace(/[^a-z_]/g, ''))
    .filter((state) => CLOSED.has(state));
  if (found.length === 0) return undefined;
  const said = /^(none|\(null\)|)$/i.test(reason) ? '' : `: ${reason}`;
  return `${found.join(', ')}${said}`;
}

/** `state`: of its partition, as sinfo or slurmrestd has it. */
export function closedIn(state: string, node: string | undefined): string | undefined {
  return /^up$/i.test(state) || state === '' ? node : `its partition is ${state.toLowerCase()}`;
}
