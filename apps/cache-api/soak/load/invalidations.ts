import { CATEGORIES, SHELVES } from '../catalogue.ts';
import type { Instance } from '../processes/instance.ts';
import { anInstance, type Soak } from '../soak.ts';
import type { Row } from '../truth/rows.ts';
import type { Thing } from '../truth/thing.ts';
import type { Value } from '../truth/values.ts';
import { SINGLE } from './reads.ts';
import { chance, oneOf } from './zipf.ts';

/** What is not to be shown any more once it is acknowledged. */
interface Aim {
  thing: Thing;
  views: readonly string[];
  version: number;
}

/** A value that has no database behind it is gone by it; all else is loaded anew. */
const aimAt = (value: Value): Aim => ({
  thing: value,
  views: [value.namespace],
  version: value.namespace === 'scratch' ? Math.floor(value.known) + 0.5 : value.known,
});

/** By key, tag and namespace; half of them wait for all instances. */
export function createInvalidations(soak: Soak, aRow: () => Row) {
  const { rows, caller, scratch, settings } = soak;
  const values = (): Value[] => [...scratch.all, ...settings.all];
  const seen = (list: readonly Row[], views: readonly string[]): Aim[] =>
    list.map((thing) => ({ thing, views, version: thing.known }));

  async function invalidate(what: object, aims: () => Aim[]): Promise<void> {
    const to: Instance | undefined = anInstance(soak);
    if (to === undefined) return;
    const isEverywhere = chance(0.5);
    // As it is now: what is written from here on may be shown or not.
    const aimed = aims();
    const reply = await caller.call(to, {
      kind: 'invalidate',
      method: 'POST',
      path: `/v1/invalidate${isEverywhere ? '?wait=all' : ''}`,
      body: JSON.stringify(what),
      expects: [200],
    });
    if (reply.status !== 200) return;
    for (const { thing, views, version } of aimed) {
      thing.promise(views, version, { instance: to.name, at: reply.ended, isEverywhere });
    }
  }

  async function key(): Promise<void> {
    if (chance(0.5)) {
      const [row, view] = [aRow(), oneOf(SINGLE)];
      await invalidate({ keys: [`${view}/${row.id}`] }, () => seen([row], [view]));
    } else if (chance(0.3)) {
      const shelf = Math.floor(Math.random() * SHELVES);
      const there = rows.filter((row) => row.shelf === shelf);
      await invalidate({ keys: [`by-shelf/${shelf}`] }, () => seen(there, ['by-shelf']));
    } else {
      const value = oneOf(values());
      await invalidate({ keys: [value.name] }, () => [aimAt(value)]);
    }
  }

  async function tag(): Promise<void> {
    if (chance(0.5)) {
      const category = Math.floor(Math.random() * CATEGORIES);
      const there = rows.filter((row) => row.category === category);
      await invalidate({ tags: [`category:${category}`] }, () => seen(there, SINGLE));
    } else if (chance(0.1)) await invalidate({ tags: ['shop'] }, () => seen(rows, SINGLE));
    else {
      const { tag: name } = oneOf(values());
      await invalidate({ tags: [name] }, () =>
        values()
          .filter((value) => value.tag === name)
          .map(aimAt),
      );
    }
  }

  async function namespace(): Promise<void> {
    const name = oneOf([...SINGLE, 'by-shelf', 'scratch', 'settings']);
    await invalidate({ namespaces: [name] }, () =>
      name === 'scratch' || name === 'settings'
        ? values()
            .filter((value) => value.namespace === name)
            .map(aimAt)
        : seen(rows, [name]),
    );
  }

  return { key, tag, namespace };
}
