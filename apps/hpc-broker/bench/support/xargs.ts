import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpuIn } from './cpu.ts';

export interface XargsRate {
  perSecond: number;
  /** In ms of CPU per job. */
  cpu: number;
}

/** `xargs -n1 -P2 true`, which does nothing but fork and exec: what the machine can do at all. */
export async function xargsRate(jobs: number): Promise<XargsRate> {
  const script = `seq ${jobs} | xargs -n1 -P2 true; cat /proc/$$/stat`;
  const began = performance.now();
  const child = spawn('/bin/sh', ['-c', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  let stat = '';
  child.stdout.on('data', (piece: Buffer) => (stat += piece.toString()));
  await once(child, 'close');
  const seconds = (performance.now() - began) / 1_000;
  return { perSecond: jobs / seconds, cpu: cpuIn(stat).children / jobs };
}
