import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@groundwork/service/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { attemptFiles } from '../../src/spawner/attempt-files.ts';
import type { RunRecord } from '../../src/spawner/claim.ts';
import { bootId, identityOf } from '../../src/spawner/identity.ts';
import { wrapped } from '../../src/spawner/wrapper.ts';

const RECORD: RunRecord = {
  cores: 2,
  memoryMiB: 64,
  gpus: [1],
  walltimeSeconds: 9,
  checkpoint: { signal: 'SIGUSR1', graceSeconds: 3 },
  // Units of systemd have names with backslashes.
  cgroups: [String.raw`/sys/fs/cgroup/a\x2db "c" %s`],
};

let dir: string;
let files: ReturnType<typeof attemptFiles>;
const running = new Set<ChildProcess>();

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'gw-wrapper-'));
  for (const one of ['attempts', 'work', 'trash']) mkdirSync(join(dir, one));
  files = attemptFiles(dir);
  files.take('a');
});
afterEach(() => {
  for (const { pid } of running) {
    try {
      process.kill(-pid!, 'SIGKILL');
    } catch {
      // It has ended.
    }
  }
  running.clear();
  rmSync(dir, { recursive: true });
});

const SHELLS: [string, string[]][] = [
  ['/bin/sh', []],
  ['/bin/dash', []],
  ['/bin/bash', []],
  ['/bin/busybox', ['sh']],
];

for (const [shell, first] of SHELLS) {
  describe.skipIf(!existsSync(shell))(`in ${[shell, ...first].join(' ')}`, () => {
    function start(argv: string[], addressKiB?: number): ChildProcess {
      const place = { dir: files.dirOf('a'), groups: [], addressKiB, boot: bootId(), record: RECORD };
      const env = { PATH: '/usr/bin:/bin', ONLY: 'this' };
      const child = spawn(shell, [...first, ...wrapped(argv, place)], {
        cwd: dir,
        env,
        stdio: 'ignore',
        detached: true,
      });
      running.add(child);
      return child;
    }
    const stdout = (): string => readFileSync(join(files.dirOf('a'), 'stdout'), 'utf8');

    it('says who it is and what it runs, and then how that has ended', async () => {
      const child = start(['sh', '-c', 'sleep 0.1; exit 42']);
      const identity = identityOf(child.pid!, bootId());
      const claim = await eventually(() => {
        const found = files.claim('a');
        // Its file is there a moment before what stands in it.
        return found?.by === 'unknown' ? undefined : found;
      });
      expect(claim).toEqual({ by: 'wrapper', leader: identity, record: RECORD, exit: undefined });
      await once(child, 'exit');
      expect(files.claim('a')).toEqual({ ...claim, exit: 42 });
    });

    it('gives its command the environment that was said, and nothing else', async () => {
      await once(start(['env']), 'exit');
      const got = stdout()
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('_='));
      expect(got.toSorted()).toEqual(['ONLY=this', 'PATH=/usr/bin:/bin']);
    });

    it('writes the code of a command that a signal to the group has ended, which ignores none', async () => {
      const child = start(['sh', '-c', 'grep SigIgn /proc/self/status; kill -TERM 0; sleep 9']);
      await once(child, 'exit');
      expect(stdout()).toMatch(/^SigIgn:\s+0+$/m);
      expect(files.claim('a')).toMatchObject({ exit: 143 });
    });

    it('runs nothing when it finds the attempt sealed', async () => {
      files.seal('a', false, 'too late');
      const child = start(['sh', '-c', 'echo ran']);
      expect(await once(child, 'exit')).toEqual([2, null]);
      expect(stdout()).toBe('');
      expect(files.claim('a')).toEqual({ by: 'seal', cancelled: false, reason: 'too late' });
    });

    it('ends what is left in the background', async () => {
      const child = start(['sh', '-c', 'sleep 1000 & echo $!']);
      await once(child, 'exit');
      const pid = Number(stdout());
      await eventually(() => identityOf(pid, bootId()) === undefined);
    });

    it('limits memory where that was said', async () => {
      await once(start(['sh', '-c', 'ulimit -v'], 123_456), 'exit');
      expect(stdout()).toBe('123456\n');
    });
  });
}
