import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, isSkipped } from '@groundwork/service/testing';
import { describe, expect, it, type TestContext } from 'vitest';
import { SlurmUnavailable } from '../../src/adapters/slurm/slurm-client.ts';
import { startBroker } from '../support/broker.ts';
import { clientOf } from '../support/client.ts';
import { useDatabases } from '../support/database.ts';
import { LocalBase } from '../support/local-engines.ts';
import { missing, pidFileOf, slurm, startNode } from '../support/slurm-cluster.ts';
import { SlurmWorld } from '../support/slurm-world.ts';

let databases: ReturnType<typeof useDatabases>;
const skipped = isSkipped({ name: 'jobs in Slurm', missing: missing() });
const WITHIN = { withinMs: 150_000, everyMs: 100 };

/** A broker whose only engine is a real cluster of four nodes, all of it for one test. */
async function world(context: TestContext, settings: Record<string, string> = {}) {
  const database = await databases.open((end) => context.onTestFinished(end));
  const slurmWorld = await SlurmWorld.make();
  const broker = await startBroker({
    databaseUrl: String(database.pool.options.connectionString),
    settings: { ...slurmWorld.settings, ...settings },
  });
  context.onTestFinished(async () => {
    await broker.stop();
    await slurmWorld.close();
  });
  const client = clientOf(broker.url);
  await eventually(async () => (await client.get('/v1/engines')).json.items[0]?.cores > 0, WITHIN);
  // Plans know of it a little later.
  const submit = (job: object): Promise<string> =>
    eventually(async () => {
      const reply = await client.post('/v1/jobs', { retries: { backoffSeconds: 0 }, ...job });
      return reply.status === 201 ? (reply.json.id as string) : undefined;
    }, WITHIN);
  const until = (id: string, state: string, withinMs = 150_000) =>
    eventually(
      async () => {
        const { json } = await client.get(`/v1/jobs/${id}`);
        return json.state === state ? json : undefined;
      },
      { withinMs, everyMs: 100, what: `${id} is ${state}` },
    );
  return { ...client, submit, until, slurm: slurmWorld };
}

/** Sums the numbers of all ranks on all of them, and says so where the first one is. */
const ALLREDUCE = `
#include <mpi.h>
#include <stdio.h>
int main(int argc, char **argv) {
  int rank, size, sum;
  char host[MPI_MAX_PROCESSOR_NAME];
  int length;
  MPI_Init(&argc, &argv);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  MPI_Get_processor_name(host, &length);
  MPI_Allreduce(&rank, &sum, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
  printf("rank %d of %d on %s: sum %d\\n", rank, size, host, sum);
  MPI_Finalize();
  return 0;
}`;

function allreduceIn(dir: string): string {
  const program = join(dir, 'allreduce');
  writeFileSync(`${program}.c`, ALLREDUCE);
  execFileSync('mpicc', ['-o', program, `${program}.c`]);
  return program;
}

/** The same words for each engine. */
const mpiJob = (program: string) => ({
  name: 'allreduce',
  command: [program],
  mpi: { nodes: 4, ranksPerNode: 2 },
  environment: { OMPI_MCA_mpi_yield_when_idle: '1' },
  walltimeSeconds: 120,
});

function checkSums(text: string): string[] {
  const lines = text.trim().split('\n').toSorted();
  expect(lines).toHaveLength(8);
  for (const [rank, line] of lines.entries())
    expect(line).toMatch(new RegExp(`^rank ${rank} of 8 on \\S+: sum 28$`));
  return lines.map((line) => /on (\S+):/.exec(line)![1]!);
}

describe.skipIf(skipped)('A job in Slurm', () => {
  databases = useDatabases();

  it(
    'over four nodes reduces over all of them, and the same words run here',
    { timeout: 400_000 },
    async (context) => {
      const { submit, until, get, slurm: there } = await world(context);
      const program = allreduceIn(there.dir);
      const id = await submit(mpiJob(program));
      const { attempts } = await until(id, 'succeeded', 150_000);
      expect(attempts).toMatchObject([{ engine: 'slurm', cause: 'success' }]);
      const hosts = checkSums((await get(`/v1/jobs/${id}/logs`)).text);
      expect(new Set(hosts)).toEqual(new Set(['n1', 'n2', 'n3', 'n4']));

      const database = await databases.open((end) => context.onTestFinished(end));
      const base = await LocalBase.make();
      const local = await startBroker({
        databaseUrl: String(database.pool.options.connectionString),
        stateDir: base.dir,
      });
      context.onTestFinished(async () => {
        await local.stop();
        await base.close();
      });
      const here = clientOf(local.url);
      const same = await here.submit(mpiJob(program));
      const isDone = async () => (await here.get(`/v1/jobs/${same}`)).json.state === 'succeeded';
      await eventually(isDone, WITHIN);
      checkSums((await here.get(`/v1/jobs/${same}/logs`)).text);
    },
  );

  // On nodes of its own, and it waits for most of a minute: the one after it runs beside it.
  it.concurrent(
    'is one of a thousand of an array, and each of them runs once',
    { timeout: 400_000 },
    async (context) => {
      const { submit, until, slurm: there } = await world(context);
      const id = await submit({
        name: 'array',
        shell: `echo $GROUNDWORK_ARRAY_INDEX >>${there.file('ran')}`,
        array: { size: 1_000 },
      });
      await until(id, 'succeeded', 300_000);
      const ran = there
        .lines('ran')
        .map(Number)
        .toSorted((a, b) => a - b);
      expect(ran).toEqual(Array.from({ length: 1_000 }, (_, at) => at));
    },
  );

  it.concurrent(
    'whose node dies runs again elsewhere, and finishes once',
    { timeout: 400_000 },
    async (context) => {
      const { submit, until, slurm: there } = await world(context, { SLURM_PARTITION: 'spare' });
      const wait = `echo $GROUNDWORK_ATTEMPT >>${there.file('begun')}; until [ -e ${there.file('go')} ]; do sleep 0.2; done; echo $GROUNDWORK_ATTEMPT >>${there.file('done')}`;
      const id = await submit({ name: 'victim', shell: wait });
      await there.wrote('begun', 1, 90_000);
      const node = await eventually(() => there.jobsOf(id)[0]?.node, WITHIN);
      process.kill(Number(readFileSync(pidFileOf(node), 'utf8')), 'SIGKILL');
      context.onTestFinished(() => startNode(node));
      await there.wrote('begun', 2, 150_000);
      // What ran on the dead node has lived on without Slurm, and does not any more.
      writeFileSync(there.file('go'), '');
      const { attempts } = await until(id, 'succeeded');
      expect(attempts.map(({ number, cause }: { number: number; cause: string }) => [number, cause])).toEqual(
        expect.arrayContaining([
          [1, 'lost'],
          [2, 'success'],
        ]),
      );
      expect(there.lines('done')).toEqual(['2']);
    },
  );

  it(
    'that somebody ends with scancel is cancelled, and it says so',
    { timeout: 300_000 },
    async (context) => {
      const { submit, until, get, slurm: there } = await world(context);
      const id = await submit({
        name: 'ended',
        shell: `echo up >>${there.file('up')}; sleep 1000`,
        retries: {},
      });
      await there.wrote('up');
      slurm('scancel', there.jobsOf(id)[0]!.slurmId);
      const { attempts } = await until(id, 'cancelled');
      expect(attempts).toMatchObject([{ number: 1, cause: 'cancelled' }]);
      expect(JSON.stringify((await get(`/v1/jobs/${id}/explain`)).json)).toContain('cancelled in Slurm');
    },
  );

  it(
    'that Slurm puts back into its queue has its next attempt instead',
    { timeout: 300_000 },
    async (context) => {
      const { submit, until, slurm: there } = await world(context);
      const shell = `echo $GROUNDWORK_ATTEMPT >>${there.file('begun')}; [ $GROUNDWORK_ATTEMPT != 1 ] || exec sleep 1000; echo done >>${there.file('done')}`;
      const id = await submit({ name: 'requeued', shell });
      await there.wrote('begun');
      const { slurmId } = there.jobsOf(id)[0]!;
      slurm('scontrol', 'update', `jobid=${slurmId}`, 'requeue=1');
      slurm('scontrol', 'requeue', slurmId);
      const { attempts } = await until(id, 'succeeded');
      expect(attempts.map(({ cause }: { cause: string }) => cause).toSorted()).toEqual([
        'preemption',
        'success',
      ]);
      expect(there.lines('begun')).toEqual(['1', '2']);
      expect(there.lines('done')).toEqual(['done']);
      expect(there.jobsOf(id)).toEqual([]);
    },
  );

  it('that has to give way runs again, from another budget', { timeout: 400_000 }, async (context) => {
    const { submit, until, slurm: there } = await world(context, { SLURM_PARTITION: 'low' });
    const shell = `echo $GROUNDWORK_ATTEMPT >>${there.file('begun')}; [ $GROUNDWORK_ATTEMPT != 1 ] || sleep 1000`;
    const id = await submit({ name: 'low', shell, resources: { cores: 4 }, retries: { infrastructure: 0 } });
    await there.wrote('begun', 1, 90_000);
    const urgent = slurm(
      'sbatch',
      '--parsable',
      '-w',
      'n4',
      '-c',
      '4',
      '--output=/dev/null',
      '--wrap',
      'true',
    ).trim();
    context.onTestFinished(() => void slurm('scancel', '-Q', urgent));
    const { attempts } = await until(id, 'succeeded');
    const causes = attempts.map(({ cause }: { cause: string }) => cause);
    expect(causes).toContain('preemption');
    expect(causes).toContain('success');
  });

  it('waits while its partition is down, and is told why', { timeout: 300_000 }, async (context) => {
    const partition = `p${process.pid}${Date.now() % 100_000}`;
    slurm('scontrol', 'create', `partitionname=${partition}`, 'nodes=n1', 'state=down');
    const { submit, until, get } = await world(context, { SLURM_PARTITION: partition });
    context.onTestFinished(() => void slurm('scontrol', 'delete', `partitionname=${partition}`));
    const id = await submit({ name: 'waits', command: ['true'] });
    const explained = async () => JSON.stringify((await get(`/v1/jobs/${id}/explain`)).json);
    await eventually(async () => (await explained()).includes('its partition is down'), WITHIN);
    slurm('scontrol', 'update', `partitionname=${partition}`, 'state=up');
    await until(id, 'succeeded');
  });

  it(
    'whose end Slurm tells nobody any more, as accounting is off, has told it itself',
    { timeout: 300_000 },
    async (context) => {
      // Its tools believe that there is no accounting; and the broker is away while Slurm forgets.
      const database = await databases.open((end) => context.onTestFinished(end));
      const there = await SlurmWorld.make();
      context.onTestFinished(() => there.close());
      const conf = join(there.dir, 'slurm.conf');
      const all = readFileSync(there.settings['SLURM_CONF']!, 'utf8');
      writeFileSync(conf, all.replaceAll(/^AccountingSt.*$/gm, ''));
      const settings = { ...there.settings, SLURM_CONF: conf };
      const databaseUrl = String(database.pool.options.connectionString);
      const first = await startBroker({ databaseUrl, settings });
      const client = clientOf(first.url);
      await eventually(async () => (await client.get('/v1/engines')).json.items[0]?.cores > 0, WITHIN);
      const shell = `echo up >>${there.file('up')}; until [ -e ${there.file('go')} ]; do sleep 0.1; done; exit 7`;
      const id = await eventually(async () => {
        const reply = await client.post('/v1/jobs', { name: 'alone', shell });
        return reply.status === 201 ? (reply.json.id as string) : undefined;
      }, WITHIN);
      await there.wrote('up');
      await eventually(async () => (await client.get(`/v1/jobs/${id}`)).json.state === 'running', WITHIN);
      await first.stop();
      writeFileSync(there.file('go'), '');
      await eventually(() => there.jobsOf(id).length === 0, WITHIN);
      const second = await startBroker({
        databaseUrl,
        settings,
        // Five minutes later squeue does not list it.
        around: (port, own) => (port === 'slurm' ? { ...own, jobs: () => Promise.resolve([]) } : own),
      });
      context.onTestFinished(() => second.stop());
      const later = clientOf(second.url);
      await eventually(async () => (await later.get(`/v1/jobs/${id}`)).json.state === 'failed', WITHIN);
      const { attempts } = (await later.get(`/v1/jobs/${id}`)).json;
      expect(attempts).toMatchObject([{ number: 1, cause: 'user', exitCode: 7 }]);
      await eventually(
        async () => JSON.stringify((await later.get('/v1/engines')).json).includes('no accounting'),
        WITHIN,
      );
    },
  );

  it.for(['at once', 'though the broker dies when it is taken back'])(
    'that has not begun when Slurm is drained runs on this machine, once, %s',
    { timeout: 300_000 },
    async (how, context) => {
      const database = await databases.open((end) => context.onTestFinished(end));
      const there = await SlurmWorld.make();
      const base = await LocalBase.make();
      const partition = `p${process.pid}${Date.now() % 100_000}`;
      slurm('scontrol', 'create', `partitionname=${partition}`, 'nodes=n1', 'state=up');
      const full = ['sbatch', '--parsable', '-p', partition, '--exclusive', '--output=/dev/null', '--wrap'];
      const others = slurm(full[0]!, ...full.slice(1), 'sleep 1000').trim();
      let broker: Awaited<ReturnType<typeof startBroker>> | undefined;
      context.onTestFinished(async () => {
        await broker?.stop();
        slurm('scancel', '-Q', others);
        await there.close();
        slurm('scontrol', 'delete', `partitionname=${partition}`);
        await base.close();
      });
      let isDying = how !== 'at once';
      const start = () =>
        startBroker({
          databaseUrl: String(database.pool.options.connectionString),
          stateDir: base.dir,
          settings: { ...there.settings, SLURM_PARTITION: partition },
          // It has said so on the shared disk, and nobody has told Slurm.
          around: (port, own) =>
            port === 'slurm' && isDying
              ? { ...own, cancel: () => Promise.reject(new SlurmUnavailable('the broker is dead')) }
              : own,
        });
      broker = await start();
      const client = () => clientOf(broker!.url);
      const engines = async (): Promise<{ name: string; kind: string; cores: number }[]> =>
        (await client().get('/v1/engines')).json.items;
      await eventually(async () => (await engines()).filter(({ cores }) => cores > 0).length === 2, WITHIN);
      const local = (await engines()).find(({ kind }) => kind === 'local')!.name;
      const steer = (name: string, way: string) => client().post(`/v1/engines/${name}/${way}`, {});
      await steer(local, 'drain');
      const job = { name: 'moves', shell: `echo ran >>${there.file('effects')}`, array: { size: 3 } };
      const planned = async () => (await client().post('/v1/plans', job)).json.chosen?.engine.name;
      await eventually(async () => (await planned()) === 'slurm', WITHIN);
      const id = await client().submit(job);
      await eventually(() => there.jobsOf(id).length === 3, WITHIN);
      await steer(local, 'undrain');
      await steer('slurm', 'drain');
      if (isDying) {
        const claims = () =>
          readdirSync(join(there.dir, 'slurm')).filter((one) =>
            existsSync(join(there.dir, 'slurm', one, 'claim')),
          );
        await eventually(() => claims().length === 3, WITHIN);
        await broker.stop();
        isDying = false;
        broker = await start();
      }
      await eventually(async () => (await client().get(`/v1/jobs/${id}`)).json.state === 'succeeded', WITHIN);
      const { attempts } = (await client().get(`/v1/jobs/${id}`)).json;
      const causes = attempts.map(
        ({ engine, cause }: { engine: string; cause: string }) => `${engine} ${cause}`,
      );
      expect(causes.toSorted()).toEqual([
        ...Array.from({ length: 3 }, () => `${local} success`),
        ...Array.from({ length: 3 }, () => 'slurm withdrawn'),
      ]);
      expect(there.lines('effects')).toHaveLength(3);
      await eventually(() => there.jobsOf(id).length === 0, WITHIN);
    },
  );
});
