import { Submission } from '@groundwork/contracts';
import { IdempotencyKeyReused } from '@groundwork/database';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { listJobs, readJob } from '../src/adapters/postgres/read-jobs.ts';
import { readCatalogue } from '../src/catalogue/read.ts';
import { createJobIds } from '../src/job-ids.ts';
import { createPlanning } from '../src/planning.ts';
import { parseSubmission } from '../src/parse-submission.ts';
import { submitLines } from '../src/submit-lines.ts';
import { JobRefused, QueueFull, submit, SubmissionInvalid, type SubmitParts } from '../src/submit.ts';
import { useDatabases } from './support/database.ts';
import { job } from './support/ledger.ts';

const databases = useDatabases();
const REGION = 'us-east-1';
const LOCAL = {
  name: 'local',
  kind: 'local',
  cores: 4,
  memoryMiB: 8_192,
  gpus: 0,
  purchase: ['owned'],
} as const;

async function open(words: Partial<SubmitParts> = {}) {
  const { db } = await databases.open();
  const catalogue = await readCatalogue(new URL('../catalogue/', import.meta.url), REGION);
  const calibration = { of: () => undefined };
  const engines = [LOCAL];
  const told: number[] = [];
  const parts: SubmitParts = {
    db,
    newId: createJobIds(),
    planning: createPlanning({
      catalogue,
      region: REGION,
      engines: () => engines,
      calibration: () => calibration,
      now: () => new Date('2026-11-23T12:00:00Z'),
    }),
    checkRoom: () => undefined,
    tell: () => void told.push(1),
    ...words,
  };
  const sendLines = (text: string, idempotencyKey?: string) =>
    submitLines(parts, text, { by: 'ann', idempotencyKey });
  const send = (body: unknown, idempotencyKey?: string) =>
    submit(parts, Submission.parse(body), { by: 'ann', idempotencyKey });
  const count = async (table: string): Promise<number> =>
    (await sql<{ n: number }>`SELECT count(*) AS n FROM ${sql.table(table)}`.execute(db)).rows[0]!.n;
  return { db, send, sendLines, count, told };
}

it('is planned, written down with its plan, and shown', async () => {
  const { db, send, told } = await open();
  const { id, jobs, repeated } = await send(job({ name: 'hello', labels: { team: 'x' } }));
  expect(jobs).toEqual([{ id, name: 'hello' }]);
  expect([repeated, told.length]).toEqual([false, 1]);
  expect(await readJob(db, id)).toMatchObject({
    state: 'ready',
    submittedBy: 'ann',
    elements: { ready: 1, running: 0 },
    spec: { command: ['true'], retries: { infrastructure: 3 } },
    events: [{ what: 'job.accepted' }],
  });
  expect(await listJobs(db, { label: { name: 'team', value: 'x' } }, undefined, 10)).toHaveLength(1);
  expect(await listJobs(db, { label: { name: 'team', value: 'y' } }, undefined, 10)).toEqual([]);
  expect(await listJobs(db, { project: 'default', state: 'ready', name: 'hello' }, id, 10)).toEqual([]);
});

it('with the same key is taken once, also at the same time, and refused when it says something else', async () => {
  const { send, count } = await open();
  const answers = await Promise.all(Array.from({ length: 5 }, () => send(job(), 'key')));
  expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
  expect(answers.filter(({ repeated }) => !repeated)).toHaveLength(1);
  await expect(send(job({ name: 'other' }), 'key')).rejects.toThrow(IdempotencyKeyReused);
  expect(await count('jobs')).toBe(1);
});

it('of one shape shares its plan with others', async () => {
  const { send, count } = await open();
  for (let at = 0; at < 5; at += 1) await send(job({ name: `a${at}` }));
  expect([await count('jobs'), await count('plans')]).toEqual([5, 1]);
});

it('that nothing can run is refused by the rule, and nothing of it is kept', async () => {
  const { send, count, told } = await open();
  const refusal = await send({
    name: 'two',
    jobs: [job({ name: 'a' }), job({ name: 'b', resources: { cores: 64 } })],
  }).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(JobRefused);
  expect((refusal as JobRefused).message).toMatch(/^b cannot be run: .*64/);
  expect([await count('jobs'), told.length]).toEqual([0, 0]);
});

it('that does not fit together is refused with where', async () => {
  const { send } = await open();
  const error = await send({ name: 'w', jobs: [job(), job()] }).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(SubmissionInvalid);
  expect((error as SubmissionInvalid).issues).toMatchObject([{ path: 'jobs.1.name' }]);
});

it('for which there is no room is refused before anything is written', async () => {
  const asked: [string, number][] = [];
  const { send, count } = await open({
    checkRoom(project, elements) {
      asked.push([project, elements]);
      throw new QueueFull('full', 1);
    },
  });
  await expect(send(job({ project: 'p', array: { size: 7 } }))).rejects.toThrow(QueueFull);
  expect([asked, await count('jobs')]).toEqual([[['p', 7]], 0]);
});

/** Room for so many elements, taken once each. */
function roomFor(places: number): SubmitParts['checkRoom'] {
  let left = places;
  return (_project, elements) => {
    if (elements > left) throw new QueueFull('full', 1);
    left -= elements;
  };
}

it('is answered again while the queue is full, and takes no room again', async () => {
  const { send, count } = await open({ checkRoom: roomFor(1) });
  const first = await send(job(), 'key');
  expect(await send(job(), 'key')).toEqual({ ...first, repeated: true });
  await expect(send(job(), 'another')).rejects.toThrow(QueueFull);
  expect(await count('jobs')).toBe(1);
});

it('by the line is answered again while the queue is full, as far as it was taken', async () => {
  const { sendLines, count } = await open({ checkRoom: roomFor(500) });
  const lines = Array.from({ length: 501 }, (_, at) => JSON.stringify(job({ name: `j${at}` }))).join('\n');
  const first = await sendLines(lines, 'key');
  expect(first).toMatchObject({ lines: 500, rejected: [], stopped: { line: 501, code: 'queue_full' } });
  expect(await sendLines(lines, 'key')).toEqual({ ...first, repeated: true });
  expect(await count('jobs')).toBe(500);
});

it('by the line takes no room for a part of which nothing is kept', async () => {
  const { sendLines } = await open({ checkRoom: roomFor(4) });
  const lines = (...sizes: number[]) =>
    sizes.map((size) => JSON.stringify(job({ array: { size } }))).join('\n');
  await expect(sendLines(lines(2, 3))).rejects.toThrow(QueueFull);
  expect(await sendLines(lines(2, 2))).toMatchObject({ lines: 2, stopped: null });
});

it.each([
  ['a command that is no list', job({ command: 'echo hi' as never }), ['command']],
  [
    'several wrong words',
    job({ walltimeSeconds: 0, resources: { cores: 'two' as never } }),
    ['resources.cores', 'walltimeSeconds'],
  ],
  ['a typo in a job of a workflow', { name: 'w', jobs: [{ ...job(), comand: [] }] }, ['jobs.0']],
  ['a mere text', 'echo hi', ['all of it']],
])('that has %s is refused with every field that is wrong', async (_what, body, paths) => {
  const error = (() => {
    try {
      return parseSubmission(body);
    } catch (caught) {
      return caught;
    }
  })();
  expect(error).toBeInstanceOf(SubmissionInvalid);
  const { issues, message } = error as SubmissionInvalid;
  expect(issues.map(({ path }) => path)).toEqual(paths);
  for (const path of paths) expect(message).toContain(`${path}: `);
  expect(message).not.toMatch(/(^|: )Invalid input$/);
});

it('says what jobs belong to as its sender calls it', async () => {
  const { db, send } = await open();
  const { id } = await send({ name: 'study', jobs: [job({ name: 'x' }), job({ name: 'y' })] });
  await send(job({ name: 'alone' }));
  const list = (workflow?: string) => listJobs(db, { workflow }, undefined, 10);
  expect((await list()).map(({ name, workflowName }) => [name, workflowName])).toEqual([
    ['alone', null],
    ['y', 'study'],
    ['x', 'study'],
  ]);
  for (const by of ['study', id]) expect((await list(by)).map(({ name }) => name)).toEqual(['y', 'x']);
  expect(await list('other')).toEqual([]);
});
