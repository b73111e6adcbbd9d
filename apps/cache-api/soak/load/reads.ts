import type { Reply } from '../send.ts';
import { anInstance, type Soak } from '../soak.ts';
import { expect, judge } from '../truth/judge.ts';
import type { Row } from '../truth/rows.ts';
import { chance, oneOf, zipf } from './zipf.ts';

const BATCH = 20;
const UNKNOWN = { first: 5_000_000, count: 200 };
export const SINGLE = ['products', 'aside'] as const;

/** Reads of rows: one by one, in batches, in lists, with conditions, and of what has never been there. */
export function createReads(soak: Soak) {
  const { rows, caller, broken, phases, pulse } = soak;
  // The rows that are read most are those that are written most, and guests among them.
  const order = rows.toSorted((a, b) => ((a.id * 7_919) % 2_003) - ((b.id * 7_919) % 2_003));
  const rank = zipf(rows.length);
  const aRow = (): Row => order[rank()]!;
  const how = (reply: Reply): string => String(reply.headers['cache-status']);

  async function single(isConditional: boolean): Promise<void> {
    const to = anInstance(soak);
    if (to === undefined) return;
    const [row, view] = [aRow(), oneOf(SINGLE)];
    const expected = expect(row, view, to);
    const known = isConditional ? row.seen.get(view) : undefined;
    const reply = await caller.call(to, {
      kind: 'read',
      path: `/v1/resources/${view}/${row.id}`,
      headers: known === undefined ? {} : { 'if-none-match': known.etag },
      expects: known === undefined ? [200, 404] : [200, 304, 404],
    });
    if (reply.status === 200) {
      const { v, id } = JSON.parse(reply.body.toString()) as { v: number; id: number };
      if (id !== row.id)
        broken.add('another row', `${view}/${row.id} at ${to.name} is ${reply.body.toString()}`);
      row.seen.set(view, { etag: String(reply.headers['etag']), version: v });
      judge(soak, to, expected, v, how(reply));
    } else if (reply.status === 304) judge(soak, to, expected, known!.version, how(reply));
    else if (reply.status === 404) judge(soak, to, expected, undefined, how(reply));
  }

  async function batch(): Promise<void> {
    const to = anInstance(soak);
    if (to === undefined) return;
    const view = oneOf(SINGLE);
    const asked = Array.from({ length: BATCH }, () => expect(aRow(), view, to));
    const ids = asked.map(({ thing }) => String((thing as Row).id));
    const reply = await caller.call(to, {
      kind: 'read',
      method: 'POST',
      path: `/v1/resources/${view}/batch-get`,
      body: JSON.stringify({ ids }),
      expects: [200],
    });
    if (reply.status !== 200) return;
    const { items } = JSON.parse(reply.body.toString()) as { items: Item[] };
    for (const [at, { id, status, value, cacheStatus }] of items.entries()) {
      if (id !== ids[at]) broken.add('another row', `${id} in place of ${ids[at]} in a batch`);
      if (status === 200 || status === 404) judge(soak, to, asked[at]!, value?.v, `batch, ${cacheStatus}`);
      else if (status !== 503) {
        broken.add('status not allowed', `${view}/${id} in a batch at ${to.name}: ${status}`);
      } else if (!phases.since(reply.began).mayFail && !pulse.hasStalled(reply.began)) {
        broken.add('503 when nothing is away', `${view}/${id} in a batch at ${to.name}`);
      }
    }
  }

  async function list(): Promise<void> {
    const to = anInstance(soak);
    if (to === undefined) return;
    const { shelf } = aRow();
    const asked = rows.filter((row) => row.shelf === shelf).map((row) => expect(row, 'by-shelf', to));
    const reply = await caller.call(to, {
      kind: 'read',
      path: `/v1/resources/by-shelf/${shelf}`,
      expects: [200],
    });
    if (reply.status !== 200) return;
    const there = JSON.parse(reply.body.toString()) as { id: number; v: number }[];
    const versions = new Map(there.map(({ id, v }) => [id, v]));
    for (const one of asked) judge(soak, to, one, versions.get((one.thing as Row).id), how(reply));
  }

  async function unknown(): Promise<void> {
    const to = anInstance(soak);
    const id = UNKNOWN.first + Math.floor(Math.random() * UNKNOWN.count);
    if (to === undefined) return;
    await caller.call(to, { kind: 'read', path: `/v1/resources/${oneOf(SINGLE)}/${id}`, expects: [404] });
  }

  return { single: () => single(chance(0.2)), batch, list, unknown, aRow };
}

interface Item {
  id: string;
  status: number;
  value?: { v: number };
  cacheStatus?: string;
}
