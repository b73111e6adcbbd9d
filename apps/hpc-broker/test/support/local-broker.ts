import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '@groundwork/service/testing';
import { endOf, LocalBase, placed } from './local-engines.ts';

/**
 * A broker in a process of its own, which does what one does with a single attempt, in a way that goes on
 * where the one before was killed: submit it if nobody has heard of it, maybe cancel it, record its end,
 * forget it. Writes the end to the file `recorded` and exits 0.
 */
const [, , dir = '', spawner = '', story = ''] = process.argv;
const base = LocalBase.at(dir);
const engine = await base.engine({ spawner });
const recorded = join(dir, 'recorded');
/** Whoever asks again, as long as nobody knows. */
const patiently = { withinMs: 20_000 };

if (!existsSync(recorded)) {
  const then = story === 'cancelled' ? 'sleep 1000' : 'sleep 0.1; exit 3';
  await eventually(async () => {
    const known = await engine.look(['a']);
    if (!known.has('a')) await engine.submit([placed('a', base.effect('a', then))]);
    return true;
  }, patiently);
  if (story === 'cancelled') {
    await eventually(() => base.effects().size > 0 || isOver(), patiently);
    await eventually(() => engine.cancel(['a']).then(() => true), patiently);
  }
  const ending = await endOf(engine, 'a', 20_000);
  writeFileSync(recorded, JSON.stringify(ending));
}
await eventually(() => engine.forget(['a']).then(() => true), patiently);
await eventually(async () => (await engine.look(['a'])).size === 0, patiently);
process.exit(0);

async function isOver(): Promise<boolean> {
  return (await engine.look(['a'])).get('a')?.state === 'ended';
}
