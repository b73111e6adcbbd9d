import { parseCluster, type KnownType } from '@groundwork/aws-sandbox/testing/parallelcluster';
import type { Template } from 'aws-cdk-lib/assertions';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ALL, hpcOf, LEAST, named, onlyOf } from './hpc.ts';

/** What CloudFormation puts in place of what a resource is called. */
const IDS: Record<string, string> = {
  'AWS::EC2::SecurityGroup': 'sg-0123456789abcdef0',
  'AWS::FSx::FileSystem': 'fs-0123456789abcdef0',
  'AWS::EFS::FileSystem': 'fs-0fedcba9876543210',
  'AWS::S3::Bucket': 'groundwork-prod-data-123456789012',
};

/** The text as whoever fetches the parameter has it. */
function clusterText(template: Template): string {
  const { Properties } = onlyOf(template, 'AWS::SSM::Parameter');
  const { 'Fn::Join': joined } = Properties['Value'] as { 'Fn::Join': [string, unknown[]] };
  const { Resources } = template.toJSON() as { Resources: Record<string, { Type: string }> };
  return joined[1]
    .map((part) => {
      if (typeof part === 'string') return part;
      const [id] = named(part);
      return id === undefined ? 'subnet-0123456789abcdef0' : IDS[Resources[id]!.Type]!;
    })
    .join('');
}

/** The catalogue of hpc-broker, and types that it leaves out because they differ from others in nothing but memory. */
const types = (() => {
  const text = readFileSync(
    new URL('../../apps/hpc-broker/catalogue/instances-us-east-1.csv', import.meta.url),
    'utf8',
  );
  const [columns = [], ...rows] = text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(','));
  const table = rows.map((row): KnownType => {
    const at = (name: string): string => row[columns.indexOf(name)]!;
    return {
      type: at('type'),
      arch: at('arch') as KnownType['arch'],
      cores: Number(at('cores')),
      efa: at('efa') === 'yes',
      spot: at('spot') === 'yes',
      clusterPlacement: at('cluster_placement') === 'yes',
    };
  });
  const like = (type: string, other: string): KnownType => ({
    ...table.find((one) => one.type === other)!,
    type,
  });
  return [
    ...table,
    ...['m7g.4xlarge', 'r7g.4xlarge'].map((type) => like(type, 'c7g.4xlarge')),
    ...['m8i', 'r8i', 'm7i', 'r7i'].map((family) => like(`${family}.4xlarge`, 'c7i.4xlarge')),
    ...['m8a', 'r8a', 'm7a', 'r7a'].map((family) => like(`${family}.4xlarge`, 'c7a.4xlarge')),
  ];
})();

describe('The cluster file', () => {
  it.each([
    ['with all file systems', ALL],
    ['with none', LEAST],
    ['of Intel', { ...ALL, efaInstanceType: 'c6in.32xlarge' }],
    ['of AMD', { ...ALL, efaInstanceType: 'hpc7a.96xlarge' }],
  ])('%s keeps what AWS documents of it, and fits into a parameter', (_, hpc) => {
    const text = clusterText(hpcOf(hpc).template);
    const { Scheduling } = parseCluster(text, types);
    expect(Scheduling.SlurmQueues.map(({ Name, CapacityType }) => `${Name} ${CapacityType}`)).toEqual([
      'cpu ONDEMAND',
      'spot SPOT',
      'efa ONDEMAND',
    ]);
    // Standard parameters have 4 KB.
    expect(Buffer.byteLength(text)).toBeLessThan(4_096);
  });

  it('has a placement group and EFA in the queue for that, and several types in the others', () => {
    const { Scheduling } = parseCluster(clusterText(hpcOf(ALL).template), types);
    const [cpu, spot, efa] = Scheduling.SlurmQueues;
    expect(efa).toMatchObject({
      Networking: { PlacementGroup: { Enabled: true } },
      ComputeResources: [
        { Instances: [{ InstanceType: 'c7gn.16xlarge' }], Efa: { Enabled: true }, MaxCount: 8 },
      ],
    });
    for (const one of [cpu, spot]) {
      expect(one!.ComputeResources[0]!.Instances!.length).toBeGreaterThanOrEqual(6);
      expect(one!.Networking.PlacementGroup.Enabled).toBe(false);
    }
    expect(spot).toMatchObject({ AllocationStrategy: 'price-capacity-optimized' });
  });

  it('mounts the file systems of the stack, and is in their groups', () => {
    const cluster = parseCluster(clusterText(hpcOf(ALL).template), types);
    expect(cluster.SharedStorage).toMatchObject([
      { StorageType: 'FsxLustre', FsxLustreSettings: { FileSystemId: IDS['AWS::FSx::FileSystem'] } },
      { StorageType: 'Efs', EfsSettings: { FileSystemId: IDS['AWS::EFS::FileSystem'] } },
    ]);
    expect(cluster.HeadNode.Networking.AdditionalSecurityGroups).toHaveLength(2);
    expect(parseCluster(clusterText(hpcOf(LEAST).template), types).SharedStorage).toBeUndefined();
  });

  it('is fetched by the command of an output', () => {
    const { template } = hpcOf(ALL);
    const outputs = Object.values(template.findOutputs('*')).map(({ Value }: { Value?: unknown }) => Value);
    expect(outputs).toContain(
      'aws ssm get-parameter --region us-east-1 --name /groundwork/prod/parallelcluster --query Parameter.Value --output text >cluster.yaml',
    );
    template.hasResourceProperties('AWS::SSM::Parameter', {
      Name: '/groundwork/prod/parallelcluster',
      Tier: 'Standard',
    });
  });
});
