import { setTimeout as delay } from 'node:timers/promises';
import { anInstance, type Soak } from '../soak.ts';
import { expect, judge } from '../truth/judge.ts';
import { Value } from '../truth/values.ts';
import { chance, oneOf } from './zipf.ts';

const KEYS = 40;
const LONGEST_LOAD_MS = 300;

/** Clients that load by themselves, from a source of which only they know: a number that grows. */
export function createLeases(soak: Soak) {
  const { caller, signal } = soak;
  const values = Array.from({ length: KEYS }, (_, at) => new Value('scratch', `c${at}`, 'client'));

  async function read(): Promise<void> {
    const to = anInstance(soak);
    if (to === undefined) return;
    const value = oneOf(values);
    const path = `/v1/kv/${value.name}`;
    const expected = expect(value, 'scratch', to);
    const reply = await caller.call(to, { kind: 'read', path: `${path}?lease=5s`, expects: [200, 404] });
    if (reply.status === 200) {
      const { n } = JSON.parse(reply.body.toString()) as { n: number };
      return judge(soak, to, expected, n, String(reply.headers['cache-status']));
    }
    const lease = reply.headers['cache-lease'];
    if (lease === undefined) return;
    const body = JSON.stringify({ n: value.last });
    await delay(Math.random() * LONGEST_LOAD_MS, undefined, { signal }).catch(() => undefined);
    const filler = anInstance(soak);
    if (filler === undefined) return;
    await caller.call(filler, {
      kind: 'write',
      method: 'PUT',
      path,
      headers: { 'cache-lease': String(lease) },
      body,
      expects: [201, 409],
    });
  }

  /** The source changes, and the key is invalidated. */
  async function change(): Promise<void> {
    const to = anInstance(soak);
    if (to === undefined) return;
    const value = oneOf(values);
    value.last += 1;
    const version = value.last;
    const isEverywhere = chance(0.5);
    const reply = await caller.call(to, {
      kind: 'invalidate',
      method: 'POST',
      path: `/v1/invalidate${isEverywhere ? '?wait=all' : ''}`,
      body: JSON.stringify({ keys: [value.name] }),
      expects: [200],
    });
    if (reply.status !== 200) return;
    value.promise(['scratch'], version, { instance: to.name, at: reply.ended, isEverywhere });
  }

  return { read, change };
}
