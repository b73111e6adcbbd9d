import type { Reply } from '../send.ts';
import { anInstance, type Soak } from '../soak.ts';
import { expect, judge } from '../truth/judge.ts';
import type { Value, Values } from '../truth/values.ts';
import { chance, oneOf } from './zipf.ts';

/** How much longer than its time something may be shown, in ms: what a load takes counts, too. */
const ENDS_LATE_MS = 1_500;
const TTLS = ['1s', '3s', '30s'];
const PADDING = 'p'.repeat(200);

/** Values of one namespace, with tags, some with times to live; one writer for each at a time. */
export function createKeyValues(soak: Soak, values: Values) {
  const { caller, confirmed, broken } = soak;
  const pathOf = (value: Value): string => `/v1/kv/${value.name}`;
  const aValue = (): Value => oneOf(values.all);

  async function get(): Promise<void> {
    const to = anInstance(soak);
    if (to === undefined) return;
    const value = aValue();
    const expected = expect(value, value.namespace, to);
    const reply = await caller.call(to, { kind: 'read', path: pathOf(value), expects: [200, 404] });
    const how = String(reply.headers['cache-status']);
    if (reply.status === 404) return judge(soak, to, expected, undefined, how);
    if (reply.status !== 200) return;
    const { n } = JSON.parse(reply.body.toString()) as { n: number };
    judge(soak, to, expected, n, how);
    const late = reply.began - (value.endsAt.get(n) ?? Infinity);
    if (late > ENDS_LATE_MS) {
      broken.add(
        'shown after its end',
        `${value.name} ${n} by ${late.toFixed(0)} ms at ${to.name}: ${how}`,
        value,
      );
    }
  }

  async function write(): Promise<void> {
    const value = aValue();
    const to = anInstance(soak);
    if (to === undefined || value.isBusy) return;
    value.isBusy = true;
    value.last += 1;
    const isPut = chance(0.85);
    const reply = await (isPut ? put(value, to) : remove(value, to));
    // Nobody knows whether it has been written, or still will be.
    if (reply.status === 503 || typeof reply.status === 'string') values.replace(value);
    else value.isBusy = false;
  }

  async function put(value: Value, to: NonNullable<ReturnType<typeof anInstance>>): Promise<Reply> {
    const version = value.last;
    const ttl = chance(0.3) ? oneOf(TTLS) : undefined;
    if (ttl !== undefined) value.absentUpTo = Infinity;
    const reply = await caller.call(to, {
      kind: 'write',
      method: 'PUT',
      path: `${pathOf(value)}?tags=${value.tag}${ttl === undefined ? '' : `&ttl=${ttl}`}`,
      body: JSON.stringify({ n: version, padding: PADDING }),
      expects: [200, 201],
    });
    if (reply.status !== 200 && reply.status !== 201) return reply;
    const { cached } = JSON.parse(reply.body.toString()) as { cached: boolean };
    if (ttl !== undefined) value.endsAt.set(version, reply.ended + Number.parseInt(ttl, 10) * 1_000);
    else if (value.namespace === 'settings') value.absentUpTo = version - 0.5;
    tell(value, version, `PUT at ${to.name}, ttl ${ttl}, cached ${cached}`);
    if (cached) value.promise([value.namespace], version, { instance: to.name, at: reply.ended });
    return reply;
  }

  async function remove(value: Value, to: NonNullable<ReturnType<typeof anInstance>>): Promise<Reply> {
    const version = value.last;
    value.absentUpTo = Infinity;
    const reply = await caller.call(to, {
      kind: 'write',
      method: 'DELETE',
      path: pathOf(value),
      expects: [204, 404],
    });
    if (reply.status !== 204) return reply;
    if (value.namespace === 'settings') value.absentUpTo = version;
    tell(value, version, `DELETE at ${to.name}`);
    // A 204 does not say whether the cache was told: of a durable value only the stream's word counts while something is away.
    const isTold = value.namespace === 'scratch' || !soak.phases.since(reply.began).mayFail;
    if (isTold) value.promise([value.namespace], version, { instance: to.name, at: reply.ended });
    return reply;
  }

  function tell(value: Value, version: number, how: string): void {
    if (value.namespace === 'settings') confirmed.learn(value, version, how);
    else value.learn(version, how);
  }

  return { get, write };
}
