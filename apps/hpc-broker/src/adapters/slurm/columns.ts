import type { SlurmJob } from './slurm-client.ts';

/** Fields of lines as `a|b|c|`, by name. None of what is asked for can have the separator in it but the last. */
export function linesOf<F extends string>(text: string, fields: readonly F[]): Record<F, string>[] {
  return text.split('\n').flatMap((line) => {
    if (line === '') return [];
    const values = line.split('|');
    return [Object.fromEntries(fields.map((field, at) => [field, values[at] ?? ''])) as Record<F, string>];
  });
}

/** Seconds since the epoch, with SLURM_TIME_FORMAT=%s; N/A, Unknown and None: not yet. */
export function timeOf(text: string): Date | undefined {
  return /^[1-9]\d*$/.test(text) ? new Date(Number(text) * 1_000) : undefined;
}

/** n1 of n[1-4,7] */
export function firstNode(nodes: string): string | undefined {
  const [, head = '', range] = /^([^[,]*)(?:\[(\d+))?/.exec(nodes) ?? [];
  return head === '' || /^(n\/a|none assigned|\(null\))$/i.test(head) ? undefined : `${head}${range ?? ''}`;
}

/** CANCELLED of "CANCELLED by 0", and who that was. */
export function stateOf(text: string): Pick<SlurmJob, 'state' | 'reason'> {
  const [state = '', ...rest] = text.split(' ');
  return { state, reason: rest.join(' ') };
}
