import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import {
  AllocateAddressCommand,
  AssociateAddressCommand,
  TerminateInstancesCommand,
  type RunInstancesCommandInput,
} from '@aws-sdk/client-ec2';
import { expect, it } from 'vitest';
import { hook, memberIn, newGroup } from './contract/groups.ts';
import { IMAGE, launch, readInstance, subnetIn } from './contract/instances.ts';
import { startCloud } from './cloud.ts';

const run = promisify(execFile);

/** An instance that runs, and how it asks. */
async function booted(options: Partial<RunInstancesCommandInput> = {}) {
  const cloud = await startCloud();
  const { InstanceId: id = '' } = await launch(cloud.aws, await subnetIn(cloud.aws), options);
  await cloud.control.advance(30_000);
  return { ...cloud, id, ...askingOf(cloud.control.imdsOf(id)) };
}

function askingOf(imds: string) {
  const takeToken = async (seconds = '60', headers: Record<string, string> = {}) => {
    const answer = await fetch(`${imds}/latest/api/token`, {
      method: 'PUT',
      headers: { 'x-aws-ec2-metadata-token-ttl-seconds': seconds, ...headers },
    });
    return { status: answer.status, token: await answer.text() };
  };
  const ask = async (path: string, token?: string) => {
    const headers = { 'x-aws-ec2-metadata-token': token ?? (await takeToken()).token };
    const answer = await fetch(`${imds}/latest/${path}`, { headers });
    return { status: answer.status, text: await answer.text() };
  };
  return { takeToken, ask };
}

it('an instance learns what it is, where, and what it is to do', async () => {
  const { ask, id, aws } = await booted({ UserData: Buffer.from('#!/bin/bash\necho ü').toString('base64') });
  const { PrivateIpAddress, NetworkInterfaces } = await readInstance(aws, id);
  for (const [path, text] of [
    ['meta-data/instance-id', id],
    ['meta-data/ami-id', IMAGE],
    ['meta-data/instance-type', 't3.micro'],
    ['meta-data/placement/availability-zone', 'us-east-1a'],
    ['meta-data/placement/region', 'us-east-1'],
    ['meta-data/local-ipv4', PrivateIpAddress],
    ['meta-data/mac', NetworkInterfaces?.[0]?.MacAddress],
    ['meta-data/placement/', 'availability-zone\nregion'],
    ['user-data', '#!/bin/bash\necho ü'],
  ] as const)
    expect([path, await ask(path)]).toEqual([path, { status: 200, text }]);
  const document = JSON.parse((await ask('dynamic/instance-identity/document')).text) as unknown;
  expect(document).toMatchObject({ instanceId: id, region: 'us-east-1', availabilityZone: 'us-east-1a' });
  for (const path of [
    'meta-data/public-ipv4',
    'meta-data/tags/instance/Name',
    'meta-data/x',
    'x',
    'meta-data/autoscaling/target-lifecycle-state',
  ])
    expect([path, (await ask(path)).status]).toEqual([path, 404]);
});

it('without a token there is no answer to read', async () => {
  const { takeToken, ask, control } = await booted();
  expect((await ask('meta-data/instance-id', '')).status).toBe(401);
  expect((await ask('meta-data/instance-id', 'x.y')).status).toBe(401);
  const { token } = await takeToken('60');
  await control.advance(50_000);
  expect((await ask('meta-data/instance-id', token)).status).toBe(200);
  await control.advance(10_001);
  expect((await ask('meta-data/instance-id', token)).status).toBe(401);
});

it('a token is for one instance', async () => {
  const { aws, control, ask } = await booted();
  const { InstanceId: other = '' } = await launch(aws, await subnetIn(aws));
  await control.advance(30_000);
  const { token } = await askingOf(control.imdsOf(other)).takeToken();
  expect((await ask('meta-data/instance-id', token)).status).toBe(401);
});

it('a token lives for 1 to 21600 seconds, and is not for who comes through a proxy', async () => {
  const { takeToken } = await booted();
  expect((await takeToken('1')).status).toBe(200);
  expect((await takeToken('21600')).status).toBe(200);
  for (const seconds of ['0', '21601', '-1', 'x', '']) expect((await takeToken(seconds)).status).toBe(400);
  expect((await takeToken('60', { 'x-forwarded-for': '10.0.0.1' })).status).toBe(403);
});

it('an instance learns its public address while it has one', async () => {
  const { ask, id, aws } = await booted();
  const { AllocationId, PublicIp } = await aws.ec2.send(new AllocateAddressCommand({}));
  await aws.ec2.send(new AssociateAddressCommand({ AllocationId, InstanceId: id }));
  expect(await ask('meta-data/public-ipv4')).toEqual({ status: 200, text: PublicIp });
});

it('tags are there when they are enabled', async () => {
  const { ask } = await booted({
    MetadataOptions: { InstanceMetadataTags: 'enabled' },
    TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'Name', Value: 'bastion' }] }],
  });
  expect((await ask('meta-data/tags/instance/')).text).toBe('Name');
  expect((await ask('meta-data/tags/instance/Name')).text).toBe('bastion');
});

it('credentials are those of the role of the instance', async () => {
  const { ask } = await booted({ IamInstanceProfile: { Name: 'bastion' } });
  expect((await ask('meta-data/iam/security-credentials/')).text).toBe('bastion');
  const { text } = await ask('meta-data/iam/security-credentials/bastion');
  expect(JSON.parse(text)).toMatchObject({ Code: 'Success', AccessKeyId: 'sandbox' });
});

it('an instance of a group learns where it is to be', async () => {
  const { aws, control } = await startCloud();
  const name = await newGroup(aws, { LifecycleHookSpecificationList: [hook('LAUNCHING')] });
  await control.advance(35_000);
  const { InstanceId } = await memberIn(aws, name, 'Pending:Wait');
  const { ask } = askingOf(control.imdsOf(InstanceId));
  expect((await ask('meta-data/autoscaling/target-lifecycle-state')).text).toBe('InService');
});

it('nobody answers in a lost zone, before an instance runs, and after it has ended', async () => {
  const { takeToken, control, aws, id } = await booted();
  await control.loseZone('us-east-1a');
  await expect(takeToken()).rejects.toThrow('fetch failed');
  await control.restoreZone('us-east-1a');
  expect((await takeToken()).status).toBe(200);
  const { InstanceId: early = '' } = await launch(aws, await subnetIn(aws));
  await expect(askingOf(control.imdsOf(early)).takeToken()).rejects.toThrow('fetch failed');
  await aws.ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
  expect((await takeToken()).status).toBe(200);
  await control.advance(30_000);
  await expect(takeToken()).rejects.toThrow('fetch failed');
});

it('curl asks as on an instance', async () => {
  const { control, id } = await booted();
  const script = `
    TOKEN=$(curl -sf -X PUT "$IMDS/latest/api/token" -H "X-aws-ec2-metadata-token-ttl-seconds: 60")
    curl -sf -H "X-aws-ec2-metadata-token: $TOKEN" "$IMDS/latest/meta-data/instance-id"`;
  const { stdout } = await run('bash', ['-c', script], { env: { ...process.env, IMDS: control.imdsOf(id) } });
  expect(stdout).toBe(id);
});
