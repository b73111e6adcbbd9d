import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import {
  BatchClient,
  CreateComputeEnvironmentCommand,
  CreateJobQueueCommand,
  DescribeJobDefinitionsCommand,
  RegisterJobDefinitionCommand,
  SubmitJobCommand,
} from '@aws-sdk/client-batch';
import { EC2Client, paginateDescribeInstanceTypes } from '@aws-sdk/client-ec2';
import { startReferee, whyMissing } from '@groundwork/aws-sandbox/testing';
import { BatchExport } from '@groundwork/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toBatch } from '../../src/domain/export/batch.ts';
import { CannotExport } from '../../src/domain/export/exported.ts';
import { threadsPerCore } from '../../src/domain/export/threads.ts';
import { anyJob, word } from './any-job.ts';
import { catalogue, exported, JOBS, placed } from './jobs.ts';

const { services } = catalogue;
const words = fc.array(word, { minLength: 1, maxLength: 4 });

function bodiesOf(input: object, parents?: Parameters<typeof exported>[1]): BatchExport {
  const job = exported({ name: 'job', command: ['true'], ...input }, parents);
  return toBatch(job, placed(job), services);
}
const containerOf = ({ registerJobDefinition: { containerProperties, nodeProperties } }: BatchExport) =>
  containerProperties ?? nodeProperties!.nodeRangeProperties[0]!.container;
const needOf = (input: object): Record<string, string> =>
  Object.fromEntries(
    containerOf(bodiesOf(input)).resourceRequirements.map(({ type, value }) => [type, value]),
  );

describe('Bodies for AWS Batch', () => {
  it('are of its shape and size, whatever the job', () => {
    fc.assert(
      fc.property(anyJob, words, (input, command) => {
        const bodies = bodiesOf({ ...input, command });
        expect(BatchExport.parse(bodies)).toEqual(bodies);
        const { registerJobDefinition, submitJob } = bodies;
        const rules = registerJobDefinition.retryStrategy.evaluateOnExit;
        expect(rules[0]!.onStatusReason).toBe('Host EC2*');
        expect(rules.at(-1)).toEqual({ onReason: '*', action: 'EXIT' });
        // Each has to name something.
        for (const { action: _, ...names } of rules) expect(Object.keys(names)).toHaveLength(1);
        expect(Buffer.byteLength(JSON.stringify(submitJob))).toBeLessThanOrEqual(30 * 1_024);
        const container = containerOf(bodies);
        expect(container.command.slice(-command.length)).toEqual(command);
      }),
      { numRuns: 200 },
    );
  });

  it('that would be too large are not made, and it is said what to do', () => {
    const environment = { LARGE: 'x'.repeat(30_000) };
    expect(() => bodiesOf({ environment })).toThrow(CannotExport);
    expect(() => bodiesOf({ environment })).toThrow(/registerJobDefinition would have 3\d,\d{3} bytes/);
  });

  it('count vCPUs as the planned instance has them for each core', () => {
    expect(needOf({ resources: { cores: 4, arch: 'arm64' } })['VCPU']).toBe('4');
    // G instances of Intel: two threads.
    expect(needOf({ resources: { cores: 4, gpus: 1, arch: 'x86_64' } })).toMatchObject({
      VCPU: '8',
      GPU: '1',
    });
    const job = exported({ name: 'job', command: ['true'], resources: { cores: 3, arch: 'x86_64' } });
    expect(containerOf(toBatch(job, undefined, services)).resourceRequirements).toEqual([
      { type: 'VCPU', value: '6' },
      { type: 'MEMORY', value: '6144' },
    ]);
  });

  it('give nodes the device of EFA where the job asks for it between them, and no others', () => {
    const gang = { nodes: 4, ranksPerNode: 64 };
    expect(containerOf(bodiesOf({ mpi: { ...gang, network: 'efa' } }))).toMatchObject({
      linuxParameters: {
        devices: [
          {
            hostPath: '/dev/infiniband/uverbs0',
            containerPath: '/dev/infiniband/uverbs0',
            permissions: ['READ', 'WRITE', 'MKNOD'],
          },
        ],
      },
    });
    for (const mpi of [
      undefined,
      gang,
      { ...gang, network: 'low-latency' },
      { ...gang, nodes: 1, network: 'efa' },
    ]) {
      const container = containerOf(bodiesOf({ mpi }));
      expect(container).not.toHaveProperty('linuxParameters');
      expect(container).not.toHaveProperty('ulimits');
    }
  });

  it('repeat what the budgets say, and end what is fatal', () => {
    const rulesOf = (input: object) => bodiesOf(input).registerJobDefinition.retryStrategy;
    expect(rulesOf({ retries: { user: 0, infrastructure: 0, preemption: 0 } })).toEqual({
      attempts: 1,
      evaluateOnExit: [
        { onStatusReason: 'Host EC2*', action: 'EXIT' },
        { onReason: '*', action: 'EXIT' },
      ],
    });
    const exitCodes = [
      { codes: [3], means: 'fatal' },
      { codes: [3, 4], means: 'infrastructure' },
    ];
    expect(rulesOf({ retries: { user: 1, infrastructure: 1, preemption: 2 }, exitCodes })).toEqual({
      attempts: 5,
      evaluateOnExit: [
        { onStatusReason: 'Host EC2*', action: 'RETRY' },
        { onExitCode: '3', action: 'EXIT' },
        { onReason: 'CannotPullContainerError:*', action: 'RETRY' },
        { onExitCode: '*', action: 'RETRY' },
        { onReason: '*', action: 'EXIT' },
      ],
    });
    const many = bodiesOf({ exitCodes: [{ codes: ['10-19'], means: 'fatal' }], retries: { user: 1 } });
    expect(many.notes.join('\n')).toContain('exitCodes: Batch takes 5 rules');
  });

  it('wait for others as far as Batch can, and say where it cannot', () => {
    const parent = { id: 'x', when: 'afterok', each: false } as const;
    const { submitJob, notes } = bodiesOf({ array: { size: 5, atOnce: 1 } }, [
      { ...parent, name: 'one' },
      { ...parent, name: 'two', each: true },
      { ...parent, name: 'three', when: 'afternotok' },
    ]);
    expect(submitJob.dependsOn).toEqual([
      { jobId: 'REPLACE-jobId-of-one' },
      { jobId: 'REPLACE-jobId-of-two', type: 'N_TO_N' },
      { type: 'SEQUENTIAL' },
    ]);
    expect(notes.join('\n')).toContain('dependsOn three, afternotok: left out');
    const crowd = Array.from({ length: 25 }, (_, at) => ({ ...parent, name: `p${at}` }));
    const crowded = bodiesOf({}, crowd);
    expect(crowded.submitJob.dependsOn).toHaveLength(20);
    expect(crowded.notes.join('\n')).toContain('left out: p20, p21, p22, p23, p24');
  });

  it('take no name that Batch keeps to itself, and say so', () => {
    const bodies = bodiesOf({ environment: { AWS_BATCH_X: '1', OK: '2' } });
    expect(containerOf(bodies).environment).toEqual([{ name: 'OK', value: '2' }]);
    expect(bodies.notes.join('\n')).toContain('environment.AWS_BATCH_X: left out');
  });
});

const venv = process.env['TEST_PYTHON'];
const missing = whyMissing('moto', venv);
const why = missing === undefined ? '' : ` (left out: ${missing})`;

/** The API's own model, which the SDK for Python checks requests by. */
const MODEL = `
import json, sys
from botocore.session import Session
from botocore.validate import ParamValidator
model = Session().get_service_model('batch')
for line in sys.stdin:
    body = json.loads(line)
    for name, of in (('RegisterJobDefinition', 'registerJobDefinition'), ('SubmitJob', 'submitJob')):
        report = ParamValidator().validate(body[of], model.operation_model(name).input_shape)
        print(report.generate_report() or 'OK')
`;

describe(`AWS Batch as others know it${why}`, () => {
  it.skipIf(missing !== undefined)('has every field of them in its model', { timeout: 60_000 }, () => {
    const all = [
      ...fc.sample(anyJob, 200).map((input) => bodiesOf(input)),
      ...Object.values(JOBS).map(toBodies),
    ];
    const input = all.map((one) => `${JSON.stringify(one)}\n`).join('');
    const { stdout, stderr } = spawnSync(join(venv ?? '', 'bin/python'), ['-c', MODEL], {
      input,
      encoding: 'utf8',
    });
    const said = stdout.trim().split('\n');
    expect(said, stderr).toHaveLength(2 * all.length);
    expect(new Set(said)).toEqual(new Set(['OK']));
  });

  it.skipIf(missing !== undefined)('is taken by moto as it is', { timeout: 60_000 }, async () => {
    const moto = await startReferee('moto', venv);
    const client = {
      region: 'us-east-1',
      endpoint: moto.endpoint,
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    };
    const batch = new BatchClient(client);
    try {
      const role = await roleOf(moto.endpoint);
      const computeEnvironment = { type: 'UNMANAGED', serviceRole: role, state: 'ENABLED' } as const;
      await batch.send(
        new CreateComputeEnvironmentCommand({ computeEnvironmentName: 'environment', ...computeEnvironment }),
      );
      const computeEnvironmentOrder = [{ order: 1, computeEnvironment: 'environment' }];
      await batch.send(
        new CreateJobQueueCommand({
          jobQueueName: 'queue',
          priority: 1,
          state: 'ENABLED',
          computeEnvironmentOrder,
        }),
      );
      for (const { registerJobDefinition, submitJob } of Object.values(JOBS).map(toBodies)) {
        await batch.send(new RegisterJobDefinitionCommand(registerJobDefinition));
        const { jobDefinitions } = await batch.send(
          new DescribeJobDefinitionsCommand({ jobDefinitionName: registerJobDefinition.jobDefinitionName }),
        );
        expect(jobDefinitions?.[0]).toMatchObject({
          type: registerJobDefinition.type,
          retryStrategy: {
            // As AWS answers.
            evaluateOnExit: registerJobDefinition.retryStrategy.evaluateOnExit.map((rule) => ({
              ...rule,
              action: rule.action.toLowerCase(),
            })),
          },
        });
        const { dependsOn: _, ...free } = submitJob;
        const { jobId } = await batch.send(new SubmitJobCommand({ ...free, jobQueue: 'queue' }));
        expect(jobId).toMatch(/^[0-9a-f-]{36}$/);
      }
    } finally {
      batch.destroy();
      await moto.stop();
    }
  });

  it.skipIf(missing !== undefined)('has as many threads for each core', { timeout: 60_000 }, async () => {
    const moto = await startReferee('moto', venv);
    const ec2 = new EC2Client({
      region: 'us-east-1',
      endpoint: moto.endpoint,
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    });
    try {
      const threads = new Map<string, number>();
      for await (const page of paginateDescribeInstanceTypes({ client: ec2 }, {})) {
        for (const { InstanceType, VCpuInfo } of page.InstanceTypes ?? [])
          threads.set(String(InstanceType), VCpuInfo!.DefaultVCpus! / VCpuInfo!.DefaultCores!);
      }
      const known = catalogue.instances.types.filter(({ type }) => threads.has(type));
      expect(known.length).toBeGreaterThan(100);
      for (const type of known)
        expect([type.type, threadsPerCore(type)]).toEqual([type.type, threads.get(type.type)]);
    } finally {
      ec2.destroy();
      await moto.stop();
    }
  });
});

const toBodies = (job: (typeof JOBS)[string]): BatchExport => toBatch(job, placed(job), services);

/** IAM's query protocol; who is asked, moto takes from the scope of the signature, and checks no more of it. */
async function roleOf(endpoint: string): Promise<string> {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      authorization:
        'AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=0',
    },
    body: new URLSearchParams({
      Action: 'CreateRole',
      Version: '2010-05-08',
      RoleName: 'batch',
      AssumeRolePolicyDocument: '{"Version":"2012-10-17","Statement":[]}',
    }),
  });
  const [, arn] = /<Arn>([^<]+)<\/Arn>/.exec(await response.text()) ?? [];
  return arn!;
}
