import { randomUUID } from 'node:crypto';
import { Submission } from '@groundwork/contracts';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { readFacts } from '../src/adapters/postgres/explain-facts.ts';
import { postpone } from '../src/adapters/postgres/place.ts';
import { cancel, hold } from '../src/adapters/postgres/steer.ts';
import { readCatalogue } from '../src/catalogue/read.ts';
import { explain } from '../src/domain/explain/explain.ts';
import { createPlanning } from '../src/planning.ts';
import { submit } from '../src/submit.ts';
import { useDatabases } from './support/database.ts';
import { exit, job, openLedger } from './support/ledger.ts';
import { situation, type Situation } from './support/situation.ts';

const databases = useDatabases();
const open = async (): Promise<Situation> => situation(openLedger(await databases.open()));

interface Case {
  when: string;
  /** Returns the job that is asked about. */
  set: (at: Situation) => Promise<string>;
  projects?: object[];
  says: RegExp[];
  next: RegExp | null;
}

const one = async ({ submit: take }: Situation, words: object = {}): Promise<string> =>
  (await take(job(words)))['a']!;
const SOON = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`;
const HOUR = 3_600;

const PENDING: Case[] = [
  {
    when: 'somebody holds it',
    set: async (at) => {
      const id = await one(at);
      await at.within((tx) => hold(tx, id, 'ann'));
      return id;
    },
    says: [new RegExp(`^Held back by ann since ${SOON}\\.$`)],
    next: /^somebody releases it: POST \/v1\/jobs\/[0-9a-f-]{36}\/release$/,
  },
  {
    when: 'it waits for others, each in its own way',
    set: async (at) => {
      const ids = await at.submit({
        name: 'three',
        jobs: [
          job({ name: 'weather' }),
          job({ name: 'backup' }),
          job({ name: 'alarm' }),
          job({
            dependsOn: [
              { job: 'weather' },
              { job: 'backup', when: 'afterany' },
              { job: 'alarm', when: 'afternotok' },
            ],
          }),
        ],
      });
      const placed = await at.placeAll();
      await at.running(placed.filter(({ spec }) => spec.name === 'weather'));
      return ids['a']!;
    },
    says: [
      /^Waiting for job weather \([0-9a-f-]{36}\), which is running: it has to succeed \(afterok\)\.$/,
      /job backup .*, which is submitted: it has to end, however it ends \(afterany\)/,
      /job alarm .*, which is submitted: it has to fail \(afternotok\)/,
    ],
    next: /alarm ends/,
  },
  {
    when: 'its elements wait for those of the same index',
    set: async (at) => {
      const array = { size: 3 };
      const ids = await at.submit({
        name: 'two',
        jobs: [job({ name: 'pre', array }), job({ array, dependsOn: [{ job: 'pre', each: true }] })],
      });
      const placed = await at.placeAll();
      await at.end(placed.slice(0, 1), exit(0));
      return ids['a']!;
    },
    says: [
      /^2 of 3 elements, such as 1: waiting for the element of the same index of job pre \(.*\), which is submitted \(2 of them\): it has to succeed/,
    ],
    next: null,
  },
  {
    when: 'only some of an array may run at once',
    set: async (at) => {
      const id = await one(at, { array: { size: 10, atOnce: 2 } });
      await at.placeAll();
      return id;
    },
    says: [
      /^8 of 10 elements, such as 2: only 2 of the 10 elements may be under way at the same time \(array\.atOnce\)/,
    ],
    next: null,
  },
  {
    when: 'it has failed and waits before the next attempt',
    set: async (at) => {
      const id = await one(at, { retries: { user: 3, backoffSeconds: 120 } });
      await at.end(await at.placeAll(), exit(7));
      return id;
    },
    says: [
      new RegExp(
        `^It exited with 7; retry 1 of 3 \\(user\\): it is ready again in (59|60|60\\.\\d+|59\\.\\d+) s, at ${SOON}; it has had 1 failure of retries\\.user 3, 0 failures of retries\\.infrastructure 3, 0 failures of retries\\.preemption 10\\.$`,
      ),
    ],
    next: /s have passed$/,
  },
  {
    when: 'it is a gang whose nodes were not free together',
    set: async (at) => {
      const id = await one(at, { mpi: { nodes: 2, ranksPerNode: 1, gangTimeoutSeconds: 600 } });
      const gang = {
        job: id,
        element: 0,
        project: 'default',
        cores: 2,
        memoryMiB: 0,
        gpus: 0,
        seconds: 1,
        gangTimeoutMs: 600_000,
      };
      await at.within((tx) => postpone(tx, gang));
      return id;
    },
    says: [
      /^Its nodes were not free together within 600 s; others go first for as long: it is ready again in (10|9\.\d) min, at/,
    ],
    next: /min have passed$/,
  },
];

const READY: Case[] = [
  {
    when: 'no engine of its pool was ever heard of',
    set: (at) => one(at),
    says: [/^No engine of the pool local has been heard of\.$/],
    next: /^an engine of local starts$/,
  },
  {
    when: 'no engine of its pool is alive',
    set: async (at) => {
      await at.engine();
      await at.silence(720);
      return one(at);
    },
    says: [/^No engine of the pool local is alive: local was last heard of 12 min ago\.$/],
    next: /^an engine of local starts$/,
  },
  {
    when: 'every engine of its pool is closed',
    set: async (at) => {
      await at.engine({ closed: 'its spawner has ended' });
      return one(at);
    },
    says: [/^Every engine of the pool local is closed: local: its spawner has ended\.$/],
    next: /^an engine of local opens$/,
  },
  {
    when: 'there is no room',
    set: async (at) => {
      await at.engine({ name: 'local@x', freeCores: 2 });
      await at.engine({ name: 'local@y', freeMemoryMiB: 100 });
      return one(at, { resources: { cores: 4, memoryMiB: 1_024 } });
    },
    says: [
      /^No room: needs 4 cores, and local@x has 2 free of 8; 1,024 MiB of memory, and local@y has 100 free of 16,384\.$/,
    ],
    next: /^something ends at an engine of local$/,
  },
  {
    when: 'there is no room for a gang, which takes all of an engine that is smaller',
    set: async (at) => {
      await at.engine({ freeCores: 6 });
      return one(at, { mpi: { nodes: 2, ranksPerNode: 8 } });
    },
    says: [/^No room: needs 8 cores, and local has 6 free of 8\.$/],
    next: /^something ends at an engine of local$/,
  },
  {
    when: 'no engine is large enough, ever',
    set: async (at) => {
      await at.engine({ gpus: 0, freeGpus: 0 });
      return one(at, { resources: { gpus: 4 } });
    },
    says: [/^No room: needs 4 GPUs, and local has 0 free of 0\.$/],
    next: /large enough; none of those that are alive ever is$/,
  },
  {
    when: 'its project has as many cores as it may have',
    set: async (at) => {
      await at.engine();
      await one(at, { resources: { cores: 3 } });
      await at.placeAll();
      return one(at, { resources: { cores: 2 } });
    },
    projects: [{ name: 'default', maxCores: 4 }],
    says: [
      /^Project default may have 4 cores under way at the same time \(maxCores\), 3 are, and this needs 2 more\.$/,
    ],
    next: /^something of project default ends$/,
  },
  {
    when: 'it alone needs more cores than its project may have',
    set: async (at) => {
      await at.engine();
      return one(at, { resources: { cores: 6 } });
    },
    projects: [{ name: 'default', maxCores: 4 }],
    says: [/may have 4 cores .*, 0 are, and this needs 6 more/],
    next: /allowed 6 cores: it never starts otherwise$/,
  },
  {
    when: 'its project has used more than its share',
    set: async (at) => {
      await at.engine();
      await at.used('climate', 7_200);
      await at.used('genomics', 1_800);
      await one(at, { project: 'genomics' });
      return one(at, { project: 'climate' });
    },
    projects: [{ name: 'climate', share: 2 }],
    says: [
      /^Its project has used more than its share while others wait: climate at 3,600 \(120 min of core time lately \/ share 2\); before it comes genomics at 1,800 \(30 min of core time lately \/ share 1\)\.$/,
    ],
    next: /^those projects have had as much/,
  },
  {
    when: 'others of its project go before it',
    set: async (at) => {
      await at.engine();
      await one(at, { priority: 900, array: { size: 3 } });
      await one(at, { priority: 100 });
      return one(at);
    },
    says: [
      /^3 elements of project default go before it, by a higher priority than 500 or an earlier submission\.$/,
    ],
    next: /^those start$/,
  },
  {
    when: 'what is spent, what is under way and another attempt would be more than its cap',
    set: async (at) => {
      await at.plan({ attemptWorstUsd: 1 });
      await at.engine();
      const id = await one(at, { array: { size: 3 }, walltimeSeconds: 10, maxCostUsd: 2.05 });
      await at.end((await at.placeAll()).slice(0, 1), exit(0));
      return id;
    },
    says: [
      /^Element 2: 0\.10 USD are spent, 1 attempt under way may cost 1\.00 USD, and the next attempt may cost 1\.00 USD: together more than maxCostUsd, 2\.05 USD\.$/,
    ],
    next: null,
  },
  {
    when: 'nothing keeps it any more',
    set: async (at) => {
      await at.engine();
      return one(at);
    },
    says: [/^Next in line: nothing that is written down keeps it, so it starts within seconds/],
    next: /^the next turn of a dispatcher$/,
  },
];

const UNDER_WAY: Case[] = [
  {
    when: 'it is written down for an engine',
    set: async (at) => {
      await at.engine();
      const id = await one(at);
      await at.placeAll();
      return id;
    },
    says: [
      new RegExp(`^Written down for local since ${SOON}, which has not confirmed it yet \\(attempt 1\\)`),
    ],
    next: /^local starts it$/,
  },
  {
    when: 'its engine has it and has not started it',
    set: async (at) => {
      await at.engine();
      const id = await one(at);
      await at.taken(await at.placeAll());
      return id;
    },
    says: [new RegExp(`^At local since ${SOON}, which has not started it yet \\(attempt 1\\)`)],
    next: /^local starts it$/,
  },
  {
    when: 'it runs longer than was planned',
    set: async (at) => {
      await at.engine();
      const id = await one(at, { walltimeSeconds: HOUR, workSeconds: 1 });
      await at.startedAgo(await at.placeAll(), 1_201);
      return id;
    },
    says: [
      new RegExp(
        `^Running at local on h1 since ${SOON} \\(attempt 1\\): 1 s were planned, and it has taken 20 min longer; walltimeSeconds ends it in 40 min at the latest\\.$`,
      ),
    ],
    next: /^it ends, in 40 min at the latest$/,
  },
  {
    when: 'it runs as planned, and somebody cancels it',
    set: async (at) => {
      await at.engine();
      const id = await one(at, { workSeconds: 1 });
      await at.startedAgo(await at.placeAll(), -0.9);
      await at.within((tx) => cancel(tx, id, 'ann'));
      return id;
    },
    says: [
      new RegExp(`Running at local on h1 since .*: planned to take 1 s, until ${SOON};`),
      /^Cancelled by ann: local is ending it\.$/,
    ],
    next: /^it ends, likely in 1\.\d+ s$/,
  },
  {
    when: 'it runs, and nobody has said how long it takes',
    set: async (at) => {
      await at.engine();
      const id = await one(at, { walltimeSeconds: HOUR });
      await at.startedAgo(await at.placeAll(), 1_201);
      return id;
    },
    says: [
      new RegExp(
        `^Running at local on h1 since ${SOON} \\(attempt 1\\): walltimeSeconds ends it in 40 min at the latest; workSeconds would tell more\\.$`,
      ),
    ],
    next: /^it ends, in 40 min at the latest$/,
  },
  {
    when: 'nothing is heard of the engine where it runs',
    set: async (at) => {
      await at.engine();
      const id = await one(at);
      await at.running(await at.placeAll());
      await at.silence(180);
      return id;
    },
    says: [/^Nothing has been heard of local for 3 min\.$/],
    next: /written off as dead and run again elsewhere$/,
  },
];

const ENDED: Case[] = [
  {
    when: 'it has failed, and no rule names its exit code',
    set: async (at) => {
      const id = await one(at, { retries: { user: 1, backoffSeconds: 0 } });
      await at.end(await at.placeAll(), exit(7));
      await at.wake();
      await at.end(await at.placeAll(), exit(7));
      return id;
    },
    says: [
      /^Failed: it exited with 7; retries\.user is used up: 1\.$/,
      new RegExp(
        `^Attempt 2, and 1 alike, ended at ${SOON} at local on somewhere after [\\d.]+ s: it exited with 7, counted as user\\.$`,
      ),
      /^It has had 2 failures of retries\.user 1, 0 failures/,
    ],
    next: /^somebody requeues it: POST \/v1\/jobs\/[0-9a-f-]{36}\/requeue$/,
  },
  {
    when: 'a rule of the job has judged it',
    set: async (at) => {
      const exitCodes = [
        { codes: [3], means: 'success' },
        { codes: ['40-49'], means: 'fatal' },
      ];
      const id = await one(at, { exitCodes });
      await at.end(await at.placeAll(), exit(42));
      return id;
    },
    says: [
      /it exited with 42, which exitCodes says means fatal, counted as fatal, by exitCodes\[1\] \(40-49: fatal\)\.$/,
    ],
    next: /requeues/,
  },
  {
    when: 'rules there are, and none names its exit code',
    set: async (at) => {
      const id = await one(at, { exitCodes: [{ codes: [3], means: 'success' }] });
      await at.end(await at.placeAll(), exit(42));
      return id;
    },
    says: [/it exited with 42, counted as user, as no rule of exitCodes names 42\.$/],
    next: /requeues/,
  },
  {
    when: 'it was lost',
    set: async (at) => {
      const id = await one(at, { retries: { infrastructure: 0 } });
      await at.end(await at.placeAll(), { by: 'lost', reason: 'its host is gone' });
      return id;
    },
    says: [
      /^Lost: its host is gone; retries\.infrastructure allows none\.$/,
      /its host is gone, counted as lost\.$/,
    ],
    next: /requeues/,
  },
  {
    when: 'somebody has cancelled it',
    set: async (at) => {
      const id = await one(at);
      await at.within((tx) => cancel(tx, id, 'ann'));
      return id;
    },
    says: [/^Cancelled by ann\.$/],
    next: null,
  },
  {
    when: 'what it waited for has failed',
    set: async (at) => {
      const ids = await at.submit({
        name: 'two',
        jobs: [job({ name: 'pre' }), job({ dependsOn: [{ job: 'pre' }] })],
      });
      await at.end(await at.placeAll(), exit(1));
      return ids['a']!;
    },
    says: [/^It was to run after pre had succeeded, which ended failed\.$/],
    next: null,
  },
  {
    when: 'nothing more could be paid',
    set: async (at) => {
      await at.plan({ attemptWorstUsd: 1 });
      const id = await one(at, { walltimeSeconds: 10, maxCostUsd: 0.5 });
      await at.placeAll();
      return id;
    },
    says: [/^Failed: 0 USD are spent and another attempt may cost 1: more than maxCostUsd, 0\.5\.$/],
    next: /requeues/,
  },
  {
    when: 'it has succeeded',
    set: async (at) => {
      await at.plan({ attemptWorstUsd: 1 });
      const id = await one(at, { walltimeSeconds: 10 });
      await at.end(await at.placeAll(), exit(0));
      return id;
    },
    says: [/^Succeeded\.$/],
    next: null,
  },
];

describe.each([
  ['why it is pending', PENDING],
  ['why it is ready and has not started', READY],
  ['where it is', UNDER_WAY],
  ['why it ended as it did', ENDED],
])('a job is told %s', (_title, cases) => {
  it.each(cases)('when $when', async ({ set, projects, says, next }) => {
    const at = await open();
    const id = await set(at);
    const explanation = await at.explained(id, projects);
    for (const sentence of says) {
      expect(explanation.because).toContainEqual(expect.stringMatching(sentence));
    }
    if (next !== null) expect(explanation.next).toMatch(next);
    expect(explanation.summary.startsWith(explanation.state)).toBe(true);
  });
});

it('what a job has cost is told once, and not before it has ended', async () => {
  const at = await open();
  await at.plan({ attemptWorstUsd: 1 });
  const id = await one(at, { walltimeSeconds: 10, array: { size: 2 } });
  const [first, second] = await at.placeAll();
  await at.end([first!], exit(0));
  expect(JSON.stringify(await at.explained(id))).not.toContain('USD');
  await at.end([second!], exit(0));
  const explanation = await at.explained(id);
  expect(explanation.summary).toBe('succeeded: 2 succeeded of 2 elements; it has cost 0.20 USD.');
  expect(JSON.stringify({ ...explanation, summary: '' })).not.toContain('USD');
});

describe('an array', () => {
  it('is explained by reason, with how many each is true of and one of them', async () => {
    const at = await open();
    await at.engine();
    const id = await one(at, { array: { size: 100, atOnce: 30 }, retries: { user: 0 } });
    const placed = await at.placeAll();
    await at.running(placed.slice(0, 20));
    await at.end(placed.slice(0, 5), (each) => exit(each.element === 0 ? 0 : 9));
    const { summary, elements, because } = await at.explained(id);
    expect(summary).toBe(
      'running: 15 running, 10 submitted, 5 ready, 65 pending, 4 failed, 1 succeeded of 100 elements.',
    );
    expect(elements.map(({ state, count, example }) => [state, count, example])).toEqual([
      ['running', 15, 5],
      ['submitted', 10, 20],
      ['ready', 5, 30],
      ['pending', 65, 35],
      ['failed', 4, 1],
      ['succeeded', 1, 0],
    ]);
    expect(because).toContainEqual(
      expect.stringMatching(
        /^4 of 100 elements, such as 1: failed: it exited with 9; retries.user allows none/,
      ),
    );
  });

  it('with more reasons and more machines than anybody reads is counted to the last element', async () => {
    const at = await open();
    const id = await one(at, { array: { size: 90 } });
    const placed = await at.placeAll();
    await at.end(placed.slice(0, 50), (each) => ({ by: 'refused', reason: `no file ${each.element}` }));
    await at.running(placed.slice(50));
    await sql`UPDATE attempts SET host = 'h' || element WHERE state = 'running'`.execute(at.db);
    const { summary, because } = await at.explained(id);
    expect(summary).toBe('running: 40 running, 50 failed of 90 elements.');
    expect(because.length).toBeLessThan(100);
    expect(because).toContainEqual(
      expect.stringMatching(/^31 of 90 .* failed: for various other reasons\.$/),
    );
    expect(because).toContainEqual(expect.stringMatching(/^20 of 90 .* running at other engines since/));
  });

  it('takes as many questions to the database with a thousand elements as with one', async () => {
    const { db, ...at } = await open();
    let asked = 0;
    const counted = db.withPlugin({
      transformQuery: ({ node }) => {
        asked += 1;
        return node;
      },
      transformResult: async ({ result }) => result,
    });
    const rulesOf = () => ({ share: 1, maxCores: undefined, maxQueued: undefined });
    const questions = async (id: string): Promise<number> => {
      asked = 0;
      await readFacts(counted, id, rulesOf);
      return asked;
    };
    const { a: single = '' } = await at.submit(job());
    const { a: array = '' } = await at.submit(job({ array: { size: 1_000 } }));
    await at.end(await at.placeAll(), (each) => exit(each.element % 7));
    const few = await questions(single);
    expect(few).toBeGreaterThan(5);
    expect(await questions(array)).toBe(few);
  });
});

it('why it was planned there is told with the best that was not chosen, and its price', async () => {
  const { db } = await open();
  const planning = createPlanning({
    catalogue: await readCatalogue(new URL('../catalogue/', import.meta.url), 'us-east-1'),
    region: 'us-east-1',
    engines: () => [
      { name: 'local', kind: 'local', cores: 4, memoryMiB: 8_192, gpus: 0, purchase: ['owned'] },
      { name: 'batch', kind: 'batch', cores: 64, memoryMiB: 0, gpus: 0, purchase: ['on-demand', 'spot'] },
    ],
    calibration: () => ({ of: () => undefined }),
    now: () => new Date('2026-11-23T12:00:00Z'),
  });
  const parts = { db, newId: randomUUID, planning, checkRoom: () => undefined, tell: () => undefined };
  const { id } = await submit(parts, Submission.parse(job()), { by: 'ann' });
  const rulesOf = () => ({ share: 1, maxCores: undefined, maxQueued: undefined });
  const facts = await readFacts(db, id, rulesOf);
  const { place } = explain(facts!);
  expect(place?.engine).toBe('local');
  expect(place?.why[0]).toMatch(/^local: the cheapest of \d+ ways that work/);
  expect(place?.rejected[0]).toMatchObject({
    kind: 'compute',
    name: expect.stringMatching(/^batch spot/),
    reason: expect.stringMatching(/^costs [\d.]+ USD more$/),
  });
  expect(place?.rejected[0]?.usd).toBeGreaterThan(0);
});

it('there is nothing to explain of a job that is not there', async () => {
  const { db } = await open();
  const rulesOf = () => ({ share: 1, maxCores: undefined, maxQueued: undefined });
  expect(await readFacts(db, randomUUID(), rulesOf)).toBeUndefined();
});
