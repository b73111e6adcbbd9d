import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, isSkipped } from '@groundwork/service/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startBroker, type Broker } from './support/broker.ts';
import { clientOf, type Client } from './support/client.ts';
import { useDatabases } from './support/database.ts';
import { LocalBase } from './support/local-engines.ts';

const databases = useDatabases();
let base: LocalBase;
let url: string;
let client: Client;
const running: Broker[] = [];

async function start(settings: Record<string, string> = {}, hasEngine = true): Promise<Client> {
  const stateDir = hasEngine ? base.dir : undefined;
  const broker = await startBroker({ databaseUrl: url, stateDir, settings });
  running.push(broker);
  client = clientOf(broker.url);
  return client;
}

beforeEach(async () => {
  const database = await databases.open();
  url = String(database.pool.options.connectionString);
  base = await LocalBase.make();
});
afterEach(async () => {
  for (const broker of running.splice(0)) await broker.stop();
  await base.close();
});

const HELLO = { name: 'hello', command: ['echo', 'hi'], resources: { cores: 1 } };
const MPIRUN = { name: 'mpirun', missing: existsSync('/usr/bin/mpirun') ? undefined : 'there is no mpirun' };

describe('A job', () => {
  it('runs, and its output, plan and story can be read', async () => {
    const { post, get, until } = await start();
    const taken = await post('/v1/jobs', HELLO);
    expect(taken.status).toBe(201);
    const { id } = taken.json;
    expect(taken.headers.get('location')).toBe(`jobs/${id}`);
    expect(taken.json).toEqual({ id, jobs: [{ id, name: 'hello' }], repeated: false });
    const job = await until(id, 'succeeded');
    expect(job).toMatchObject({ elements: { succeeded: 1 }, submittedBy: 'development' });
    expect(job.attempts).toMatchObject([{ number: 1, cause: 'success', exitCode: 0 }]);
    expect(job.events.map(({ what }: { what: string }) => what)).toEqual(
      expect.arrayContaining(['job.accepted', 'attempt.ended', 'job.succeeded']),
    );
    expect((await get(`/v1/jobs/${id}/logs`)).text).toBe('hi\n');
    expect((await get('/v1/jobs/hello/logs')).text).toBe('hi\n');
    expect((await get('/v1/jobs/hello')).json.id).toBe(id);
    expect((await get(`/v1/jobs/${id}/explain`)).json).toMatchObject({
      state: 'succeeded',
      place: { engine: 'local' },
    });
    expect((await get(`/v1/jobs/${id}/planned`)).json).toMatchObject({ plannedSeconds: 3_600, succeeded: 1 });
    expect((await get('/v1/engines')).json.items).toMatchObject([{ pool: 'local', isAlive: true }]);
    expect((await get('/v1/queues')).json.items).toMatchObject([{ project: 'default', share: 1 }]);
  });

  it('may be sent as YAML', async () => {
    const { post, until } = await start();
    const yaml = 'name: hello\ncommand: [echo, hi]\n';
    const { json } = await post('/v1/jobs', yaml, { 'content-type': 'application/yaml' });
    await until(json.id, 'succeeded');
    const text = await post('/v1/jobs', 'echo hi', { 'content-type': 'application/yaml' });
    expect([text.status, text.json.issues]).toEqual([
      400,
      [{ path: 'all of it', message: 'Invalid input: expected object, received string' }],
    ]);
    const wrong = await post('/v1/jobs', 'name: [', { 'content-type': 'application/yaml' });
    expect([wrong.status, wrong.json.code]).toEqual([400, 'invalid_request']);
  });

  it('is taken once, however often it is sent with its key', async () => {
    const { post, get } = await start();
    const key = { 'idempotency-key': 'k1' };
    const replies = await Promise.all(Array.from({ length: 5 }, () => post('/v1/jobs', HELLO, key)));
    expect(new Set(replies.map(({ json }) => json.id)).size).toBe(1);
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(1);
    expect((await get('/v1/jobs')).json.items).toHaveLength(1);
    const other = await post('/v1/jobs', { ...HELLO, name: 'other' }, key);
    expect([other.status, other.json.code]).toEqual([422, 'idempotency_key_reused']);
  });

  it('that nothing can run is refused with the rule', async () => {
    const { post } = await start();
    const { status, json } = await post('/v1/jobs', { ...HELLO, resources: { cores: 1_000 } });
    expect([status, json.code]).toEqual([422, 'job_refused']);
    expect(json.detail).toContain('a node of local has 8 cores, and 1,000 are asked for');
    const plan = await post('/v1/plans', { ...HELLO, resources: { cores: 1_000 } });
    expect([plan.status, plan.json.refused[0].code]).toEqual([200, 'too_few_cores']);
  });

  it('can be planned as if there were AWS Batch', async () => {
    const { post } = await start();
    const big = { ...HELLO, resources: { cores: 16 }, workSeconds: 3_600 };
    const { json } = await post('/v1/plans?asIf=batch', big);
    expect(json.chosen).toMatchObject({ engine: { name: 'batch' }, purchase: 'spot' });
    expect(json.chosen.cost.likely).toBeGreaterThan(0);
    expect((await post('/v1/jobs', big)).status).toBe(422);
  });

  it('that is not right is told what is wrong, and where', async () => {
    const { post } = await start();
    const { status, json } = await post('/v1/jobs', { name: 'x', command: ['a'], dependsOn: [{ job: 'y' }] });
    expect(status).toBe(400);
    expect(json.issues).toEqual([{ path: 'dependsOn.0.job', message: 'y is not the id of a job' }]);
    const words = await post('/v1/jobs', { name: 'x', command: 'echo hi', resources: { cores: 'two' } });
    expect(words.json.detail).toBe(
      'The body is not valid: command: Invalid input: expected array, received string; resources.cores: Invalid input: expected number, received string.',
    );
    const absent = '01900000-0000-7000-8000-000000000000';
    const waits = await post('/v1/jobs', { ...HELLO, dependsOn: [{ job: absent }] });
    expect([waits.status, waits.json.code]).toEqual([422, 'waits_for_nobody']);
  });

  it('is not there under another id', async () => {
    const { get, post } = await start();
    for (const path of ['', '/logs', '/explain', '/planned', '/attempts', '/events']) {
      for (const id of ['nonsense', '01900000-0000-7000-8000-000000000000']) {
        const { status, json } = await get(`/v1/jobs/${id}${path}`);
        expect([path, status, json.code]).toEqual([path, 404, 'no_such_job']);
      }
    }
    expect((await post('/v1/jobs/01900000-0000-7000-8000-000000000000/cancel')).status).toBe(404);
  });

  it.skipIf(isSkipped(MPIRUN))('over several nodes runs as real MPI, its ranks sharing cores', async () => {
    const { submit, until, get } = await start({ LOCAL_SLOTS: '2' });
    const id = await submit({
      name: 'mpi',
      shell: 'echo rank $OMPI_COMM_WORLD_RANK of $OMPI_COMM_WORLD_SIZE',
      mpi: { nodes: 2, ranksPerNode: 2 },
    });
    await until(id, 'succeeded');
    const lines = (await get(`/v1/jobs/${id}/logs`)).text.trim().split('\n').toSorted();
    expect(lines).toEqual(['rank 0 of 4', 'rank 1 of 4', 'rank 2 of 4', 'rank 3 of 4']);
  });

  it('that fails is run again by its policy, and then explained', async () => {
    const { submit, until, get } = await start();
    const id = await submit({
      name: 'fails',
      shell: 'echo try $GROUNDWORK_ATTEMPT; exit 3',
      retries: { user: 2, backoffSeconds: 0 },
    });
    expect((await until(id, 'failed')).attempts).toHaveLength(3);
    expect((await get(`/v1/jobs/${id}/logs?attempt=2`)).text).toBe('try 2\n');
    expect((await get(`/v1/jobs/${id}/logs?attempt=9`)).json.code).toBe('no_such_attempt');
    const { json } = await get(`/v1/jobs/${id}/explain`);
    expect(JSON.stringify(json)).toMatch(/exited with 3.*2 of 2|used up/);
  });
});

describe('Several jobs', () => {
  it('that wait for each other run in order', async () => {
    const { post, get } = await start();
    const say = (name: string, dependsOn: object[] = []) => ({
      name,
      shell: `echo ${name} >>${base.dir}/order`,
      dependsOn,
    });
    const workflow = { name: 'three', jobs: [say('c', [{ job: 'b' }]), say('b', [{ job: 'a' }]), say('a')] };
    const { json } = await post('/v1/jobs', workflow);
    await eventually(async () => {
      const { items } = (await get(`/v1/jobs?workflow=${json.id}&state=succeeded`)).json;
      return items.length === 3;
    });
    expect(readFileSync(join(base.dir, 'order'), 'utf8')).toBe('a\nb\nc\n');
  });

  it('are listed page by page, newest first, and by what they are', async () => {
    const { submit, get } = await start({}, true);
    for (let at = 0; at < 5; at += 1)
      await submit({
        ...HELLO,
        name: `job-${at}`,
        project: at < 2 ? 'one' : 'two',
        labels: { nth: String(at) },
      });
    const names: string[] = [];
    let cursor = '';
    do {
      const { items, cursor: next } = (await get(`/v1/jobs?limit=2${cursor}`)).json;
      names.push(...items.map(({ name }: { name: string }) => name));
      cursor = next === undefined ? '' : `&cursor=${next}`;
    } while (cursor !== '');
    expect(names).toEqual(['job-4', 'job-3', 'job-2', 'job-1', 'job-0']);
    const found = async (query: string) =>
      (await get(`/v1/jobs?${query}`)).json.items.map(({ name }: { name: string }) => name);
    expect(await found('project=one')).toEqual(['job-1', 'job-0']);
    expect(await found('label=nth%3D3')).toEqual(['job-3']);
    expect(await found('name=job-2')).toEqual(['job-2']);
    expect((await get('/v1/jobs?cursor=nonsense')).status).toBe(400);
    // A full last page has nothing after it.
    expect((await get('/v1/jobs?limit=5')).json.cursor).toBeUndefined();
    for (const query of ['jobs?stat=failed', 'jobs/job-0/logs?steam=stderr', 'jobs/job-0/events?page=2']) {
      const { status, json } = await get(`/v1/${query}`);
      expect([query, status, json.code]).toEqual([query, 400, 'invalid_request']);
    }
  });

  it('are submitted by the line: what is wrong is told and holds up no others', async () => {
    const { post, get } = await start();
    const absent = '01900000-0000-7000-8000-000000000000';
    const lines = [
      JSON.stringify(HELLO),
      '{"name":',
      '',
      JSON.stringify({ ...HELLO, resources: { cores: 1_000 } }),
      JSON.stringify({ ...HELLO, dependsOn: [{ job: absent }] }),
      JSON.stringify({
        name: 'both',
        jobs: [
          { ...HELLO, name: 'a' },
          { ...HELLO, name: 'b' },
        ],
      }),
      JSON.stringify({ ...HELLO, name: 'not a name' }),
      ...Array.from({ length: 600 }, (_, at) => JSON.stringify({ ...HELLO, name: `job-${at}` })),
    ].join('\n');
    const bulk = () =>
      post('/v1/jobs/bulk', lines, { 'content-type': 'application/x-ndjson', 'idempotency-key': 'bulk' });
    const { json } = await bulk();
    expect(json).toMatchObject({ lines: 606, repeated: false, stopped: null });
    expect(json.jobs).toHaveLength(602);
    expect(json.jobs[1]).toMatchObject({ line: 6, jobs: [{ name: 'a' }, { name: 'b' }] });
    expect(json.rejected.map(({ line, code }: { line: number; code: string }) => [line, code])).toEqual([
      [2, 'malformed_json'],
      [4, 'job_refused'],
      [7, 'invalid_request'],
      [5, 'waits_for_nobody'],
    ]);
    // As if its answer had got lost.
    const again = (await bulk()).json;
    expect(again).toEqual({ ...json, repeated: true });
    const { items } = (await get('/v1/queues')).json;
    expect(items).toHaveLength(1);
    expect((await get('/v1/jobs?name=a')).json.items).toHaveLength(1);
  });

  it('are told to come later when too many wait', async () => {
    const { post } = await start({ MAX_QUEUED: '100' });
    const first = await post('/v1/jobs', {
      ...HELLO,
      shell: 'sleep 60',
      command: undefined,
      array: { size: 90 },
    });
    const full = await post('/v1/jobs', { ...HELLO, array: { size: 20 } });
    expect([full.status, full.json.code]).toEqual([429, 'queue_full']);
    expect(Number(full.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    const ndjson = { 'content-type': 'application/x-ndjson' };
    const one = JSON.stringify({ ...HELLO, array: { size: 20 } });
    expect((await post('/v1/jobs/bulk', one, ndjson)).status).toBe(429);
    // What has been taken needs no room again.
    const key = { 'idempotency-key': 'last' };
    const last = { ...HELLO, array: { size: 10 }, dependsOn: [{ job: first.json.id }] };
    const taken = await post('/v1/jobs', last, key);
    expect((await post('/v1/jobs', HELLO)).status).toBe(429);
    const again = await post('/v1/jobs', last, key);
    expect([again.status, again.json]).toEqual([200, { ...taken.json, repeated: true }]);
  });
});

describe('Somebody who steers', () => {
  it('by a name is told the id of the newest job of that name', async () => {
    const { submit, post } = await start();
    await submit(HELLO);
    const newest = await submit(HELLO);
    const { status, json } = await post('/v1/jobs/hello/requeue');
    expect([status, json.code]).toEqual([400, 'name_is_no_id']);
    expect(json.detail).toBe(
      `hello is the name of a job, and there may be several of it: use an id. The newest is ${newest}.`,
    );
    expect((await post('/v1/jobs/nobody/requeue')).json.code).toBe('no_such_job');
  });

  it('cancels what runs, with all that it has started', async () => {
    const { submit, until, post } = await start();
    const alive = join(base.dir, 'alive');
    const id = await submit({
      name: 'forever',
      shell: `(while :; do touch ${alive}; sleep 0.02; done) & setsid sh -c 'sleep 1000' & wait`,
    });
    await until(id, 'running');
    await eventually(() => existsSync(alive));
    expect((await post(`/v1/jobs/${id}/cancel`)).json).toMatchObject({ id });
    expect(await until(id, 'cancelled')).toMatchObject({ attempts: [{ cause: 'cancelled' }] });
    expect((await post(`/v1/jobs/${id}/cancel`)).status).toBe(200);
    expect((await post(`/v1/jobs/${id}/hold`)).json.code).toBe('too_late');
  });

  it('holds what has not begun, and releases it', async () => {
    const { submit, until, post } = await start({ LOCAL_SLOTS: '1' });
    const first = await submit({ name: 'first', shell: `until [ -e ${base.dir}/go ]; do sleep 0.02; done` });
    const second = await submit({ ...HELLO, name: 'second', dependsOn: [{ job: first }] });
    expect((await post(`/v1/jobs/${second}/hold`)).json).toMatchObject({ held: true });
    const go = await submit({ name: 'go', shell: `touch ${base.dir}/go`, resources: { cores: 1 } });
    await post(`/v1/jobs/${first}/cancel`);
    await until(go, 'succeeded');
    expect((await post(`/v1/jobs/${second}/release`)).json).toMatchObject({ held: false });
    await until(second, 'cancelled');
  });

  it('queues again what has failed', async () => {
    const { submit, until, post } = await start();
    const id = await submit({ name: 'needs', shell: `test -e ${base.dir}/there` });
    await until(id, 'failed');
    await until(await submit({ name: 'makes', shell: `touch ${base.dir}/there` }), 'succeeded');
    expect((await post(`/v1/jobs/${id}/requeue`)).status).toBe(200);
    expect((await until(id, 'succeeded')).attempts).toHaveLength(2);
    expect((await post(`/v1/jobs/${id}/requeue`)).json.code).toBe('too_late');
  });

  it('steers all jobs of a workflow at once', async () => {
    const { post, get } = await start();
    const sleep = (name: string) => ({ name, command: ['sleep', '1000'] });
    const { json } = await post('/v1/jobs', { name: 'two', jobs: [sleep('a'), sleep('b')] });
    const answer = await post(`/v1/jobs/${json.id}/cancel`);
    expect(answer.json).toMatchObject({ id: json.id, jobs: [{ name: 'b' }, { name: 'a' }] });
    await eventually(async () => {
      const { items } = (await get(`/v1/jobs?workflow=${json.id}&state=cancelled`)).json;
      return items.length === 2;
    });
  });
});

describe('What a job writes', () => {
  it('is told while it writes, over all its attempts, until it has ended', async () => {
    const { submit, events } = await start();
    const id = await submit({
      name: 'tells',
      shell: `echo try $GROUNDWORK_ATTEMPT; echo bad >&2; until [ -e ${base.dir}/go ]; do sleep 0.02; done; printf 'ü\\nend'; test $GROUNDWORK_ATTEMPT = 2`,
      retries: { user: 1, backoffSeconds: 0 },
    });
    const seen: string[] = [];
    for await (const { event, data } of events(`/v1/jobs/${id}/logs`)) {
      seen.push(`${event}: ${data}`);
      // It is still running then.
      if (event === 'stdout' && data === 'try 1\n')
        await submit({ name: 'go', shell: `touch ${base.dir}/go` });
    }
    expect(seen[0]).toBe('attempt: 1');
    expect(seen.at(-1)).toMatch(/^end: /);
    const text = (name: string): string =>
      seen.flatMap((one) => (one.startsWith(`${name}: `) ? one.slice(name.length + 2) : [])).join('');
    expect(text('stdout')).toBe('try 1\nü\nendtry 2\nü\nend');
    expect(text('stderr')).toBe('bad\nbad\n');
  });

  it('goes on where a reader was, who comes back', async () => {
    const { submit, until, events } = await start();
    const id = await submit({ name: 'tells', shell: 'printf 0123456789' });
    await until(id, 'succeeded');
    const told: (string | undefined)[] = [];
    for await (const { event, data } of events(`/v1/jobs/${id}/logs`, { 'last-event-id': '1-4-0' }))
      told.push(event === 'stdout' ? data : event);
    expect(told).toEqual(['attempt', '456789', 'end']);
  });

  it('is read in ranges, by any broker', async () => {
    const { submit, until } = await start();
    const id = await submit({ name: 'tells', shell: 'printf 0123456789' });
    await until(id, 'succeeded');
    const other = await start({}, false);
    const range = async (bytes: string) => {
      const { status, headers, text } = await other.get(`/v1/jobs/${id}/logs`, { range: `bytes=${bytes}` });
      return [status, headers.get('content-range'), status === 206 ? text : ''];
    };
    expect(await range('2-4')).toEqual([206, 'bytes 2-4/10', '234']);
    expect(await range('7-')).toEqual([206, 'bytes 7-9/10', '789']);
    expect(await range('-2')).toEqual([206, 'bytes 8-9/10', '89']);
    expect(await range('10-')).toEqual([416, 'bytes */10', '']);
    expect((await other.get(`/v1/jobs/${id}/logs?stream=stderr`)).text).toBe('');
  });

  it('is not all kept: what is missing is told', async () => {
    const { submit, until, get } = await start({ OUTPUT_KEEP_BYTES: '1000' });
    const id = await submit({ name: 'much', shell: 'seq 1 100000' });
    await until(id, 'succeeded');
    const { text } = await get(`/v1/jobs/${id}/logs`);
    expect(text.startsWith('1\n2\n3\n')).toBe(true);
    expect(text.endsWith('99999\n100000\n')).toBe(true);
    expect(text).toMatch(/\n\[\d+ bytes are not kept\]\n/);
  });

  it('to stderr only is pointed to, where nobody has said which stream', async () => {
    const { submit, until, get } = await start();
    const id = await submit({ name: 'absent', command: ['no-such-program'] });
    const { attempts } = await until(id, 'failed');
    const stderr = (await get(`/v1/jobs/${id}/logs?stream=stderr`)).text;
    expect(stderr).toContain('no-such-program');
    const bytes = Buffer.byteLength(stderr);
    expect((await get(`/v1/jobs/${id}/logs`)).text).toBe(
      `[stdout is empty; stderr has ${bytes} bytes: ?stream=stderr]\n`,
    );
    expect((await get(`/v1/jobs/${id}/logs?stream=stdout`)).text).toBe('');
    expect(attempts[0].reason).toMatch(/^it exited with 127, mostly because the program was not found/);
  });
});
