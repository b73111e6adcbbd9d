import fc from 'fast-check';
import { expect, it } from 'vitest';
import { useDatabases } from './support/database.ts';
import { exit, job, openLedger, type Ledger } from './support/ledger.ts';

const databases = useDatabases();
const CONDITIONS = ['afterok', 'afterany', 'afternotok'] as const;
type Condition = (typeof CONDITIONS)[number];

interface Node {
  /** Elements; 1 is no array. */
  size: number;
  /** Of each element. */
  succeeds: boolean[];
  parents: { of: number; when: Condition; each: boolean }[];
}

const SIZE = 3;

/** Node n waits only for earlier ones, so that there is no circle. */
const graph: fc.Arbitrary<Node[]> = fc
  .array(
    fc.record({
      isArray: fc.boolean(),
      succeeds: fc.array(fc.boolean(), { minLength: SIZE, maxLength: SIZE }),
      parents: fc.array(
        fc.record({ of: fc.nat(), when: fc.constantFrom(...CONDITIONS), each: fc.boolean() }),
        { maxLength: 3 },
      ),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((nodes) =>
    nodes.map(({ isArray, succeeds, parents }, index) => ({
      size: isArray ? SIZE : 1,
      succeeds,
      parents: (index === 0 ? [] : parents).map(({ of, when, each }) => ({
        of: of % index,
        when,
        each: each && isArray && nodes[of % index]!.isArray,
      })),
    })),
  );

/** What every element ends as, told from the graph alone. */
function expected(nodes: readonly Node[]): string[][] {
  const ends: string[][] = [];
  for (const { size, succeeds, parents } of nodes) {
    const mine = Array.from({ length: size }, (_, element) => {
      const may = parents.every(({ of, when, each }) => {
        const theirs = each ? ends[of]![element]! : jobEnd(ends[of]!);
        return when === 'afterany' || (when === 'afterok') === (theirs === 'succeeded');
      });
      if (!may) return 'cancelled';
      return succeeds[element]! ? 'succeeded' : 'failed';
    });
    ends.push(mine);
  }
  return ends;
}

const jobEnd = (elements: readonly string[]): string =>
  ['failed', 'cancelled'].find((state) => elements.includes(state)) ?? 'succeeded';

async function submit(ledger: Ledger, nodes: readonly Node[]): Promise<string[]> {
  const ids = await ledger.submit({
    name: 'graph',
    jobs: nodes.map(({ size, parents }, index) =>
      job({
        name: `n${index}`,
        ...(size > 1 ? { array: { size } } : {}),
        // One of each kind, as a job cannot wait for the same twice.
        dependsOn: [...new Map(parents.map((one) => [`${one.of} ${one.when}`, one])).values()].map(
          ({ of, when, each }) => ({ job: `n${of}`, when, each }),
        ),
      }),
    ),
  });
  return nodes.map((_, index) => ids[`n${index}`]!);
}

it('every element ends as the graph says, in whatever order and however much at once the others end', async () => {
  const ledger = openLedger(await databases.open());
  await fc.assert(
    fc.asyncProperty(graph, fc.infiniteStream(fc.nat()), async (drawn, choices) => {
      const nodes = drawn.map((node) => ({
        ...node,
        parents: [...new Map(node.parents.map((one) => [`${one.of} ${one.when}`, one])).values()],
      }));
      const ids = await submit(ledger, nodes);
      let open = await ledger.placeAll();
      while (open.length > 0) {
        const from = choices.next().value % open.length;
        const count = 1 + (choices.next().value % (open.length - from));
        const batch = open.slice(from, from + count);
        const endOf = ({ job: id, element }: { job: string; element: number }) =>
          exit(nodes[ids.indexOf(id)]!.succeeds[element]! ? 0 : 1);
        const half = Math.ceil(batch.length / 2);
        await Promise.all([ledger.end(batch.slice(0, half), endOf), ledger.end(batch.slice(half), endOf)]);
        open = [...open.slice(0, from), ...open.slice(from + count), ...(await ledger.placeAll())];
      }
      const found = await Promise.all(ids.map((id) => ledger.elements(id)));
      expect(found).toEqual(expected(nodes));
      const states = await Promise.all(ids.map(async (id) => (await ledger.job(id)).state));
      expect(states).toEqual(expected(nodes).map(jobEnd));
    }),
    { numRuns: 60 },
  );
});
