import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from '@groundwork/service/testing';
import { expect, it } from 'vitest';

const WRAPPER = fileURLToPath(new URL('../../slurm/attempt.sh', import.meta.url));

it('An attempt whose time is over, and which Slurm wants to end a moment later, has ended by its walltime', async (context) => {
  const dir = mkdtempSync(join(tmpdir(), 'gw-attempt-'));
  context.onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const set = `dir=${dir} workdir=${dir} walltime=0 grace=0 signal= environment=(-u PWD) SLURM_JOB_ID=7 SLURMD_NODENAME=n1`;
  // Lives on for a while, so that there is a moment in between.
  const command = `argv=(sh -c "trap '' TERM; while [ ! -e ${dir}/go ]; do sleep 0.05; done")`;
  const script = `${set}\n${command}\n: >$dir/orders\n. ${WRAPPER}`;
  const attempt = spawn('bash', ['-c', script], { detached: true, stdio: 'ignore' });
  const ended = new Promise((resolve) => attempt.once('exit', resolve));
  const why = (): string => (existsSync(`${dir}/why`) ? readFileSync(`${dir}/why`, 'utf8') : '');
  await eventually(() => why() !== '', { withinMs: 20_000, what: 'the end of its time' });
  process.kill(-attempt.pid!, 'SIGTERM');
  await eventually(() => why().includes('ended'), { withinMs: 20_000, what: 'that the signal was heard' });
  writeFileSync(join(dir, 'go'), '');
  await ended;
  expect(readFileSync(`${dir}/claim`, 'utf8')).toMatch(/^7 0 \d+ n1\nwalltime \d+ \d+\n$/);
});
