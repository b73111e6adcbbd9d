import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { holderOf } from '../../src/spawner/lock.ts';
import type { Point } from '../../src/spawner/points.ts';
import { runSpawner } from '../../src/spawner/run-spawner.ts';

/**
 * A spawner that is killed, or whose broker is, or both, when it comes to a point. The file `death` in the
 * base directory says which point, and in the next line who; it is gone when that is done.
 */
const [, , stateDir = ''] = process.argv;
const file = join(stateDir, '..', 'death');

function dieIfItIsTime(at: Point): void {
  if (!existsSync(file)) return;
  const [point, who] = readFileSync(file, 'utf8').split('\n');
  if (point !== at) return;
  const broker = holderOf(stateDir, 'lock');
  rmSync(file);
  if (who !== 'the spawner' && broker !== undefined) process.kill(broker.pid, 'SIGKILL');
  if (who !== 'the broker') process.kill(process.pid, 'SIGKILL');
}

await runSpawner(stateDir, dieIfItIsTime, () => process.exit(0));
