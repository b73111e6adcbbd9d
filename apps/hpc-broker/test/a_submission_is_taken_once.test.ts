import { randomUUID } from 'node:crypto';
import { Submission } from '@groundwork/contracts';
import { IdempotencyKeyReused } from '@groundwork/database';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { listJobs, readJob } from '../src/adapters/postgres/read-jobs.ts';
import { readCatalogue } from '../src/catalogue/read.ts';
import { createPlanning } from '../src/planning.ts';
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
    newId: randomUUID,
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
  const send = (body: unknown, idempotencyKey?: string) =>
    submit(parts, Submission.parse(body), { by: 'ann', idempotencyKey });
  const count = async (table: string): Promise<number> =>
    (await sql<{ n: number }>`SELECT count(*) AS n FROM ${sql.table(table)}`.execute(db)).rows[0]!.n;
  return { db, send, count, told };
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
