import { Match, type Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, it } from 'vitest';
import { AGENT, ALL, hpcOf, LEAST, named, onlyOf, resourcesOf } from './hpc.ts';

let template: Template;
beforeAll(() => {
  ({ template } = hpcOf(ALL));
});

describe('The data bucket', () => {
  it('is closed, and keeps nothing of what was never finished', () => {
    template.hasResourceProperties('AWS::S3::Bucket', {
      PublicAccessBlockConfiguration: { BlockPublicAcls: true, RestrictPublicBuckets: true },
      BucketEncryption: Match.anyValue(),
      LifecycleConfiguration: {
        Rules: Match.arrayWith([
          Match.objectLike({ AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 } }),
        ]),
      },
      LoggingConfiguration: Match.anyValue(),
    });
  });
});

describe('Lustre', () => {
  it('is SCRATCH_2, in the zone of the nodes, after its group is open', () => {
    const files = onlyOf(template, 'AWS::FSx::FileSystem');
    expect(files.Properties).toMatchObject({
      FileSystemType: 'LUSTRE',
      FileSystemTypeVersion: '2.15',
      StorageCapacity: 2_400,
      LustreConfiguration: { DeploymentType: 'SCRATCH_2' },
    });
    expect(files.Properties['LustreConfiguration']).not.toHaveProperty('PerUnitStorageThroughput');
    const [, multiNode] = resourcesOf(template, 'AWS::Batch::ComputeEnvironment').find(([id]) =>
      id.startsWith('multi'),
    )!;
    const { Subnets } = multiNode.Properties['ComputeResources'] as { Subnets: unknown };
    expect(files.Properties['SubnetIds']).toEqual(Subnets);
    const rules = ['Ingress', 'Egress'].flatMap((direction) =>
      resourcesOf(template, `AWS::EC2::SecurityGroup${direction}`).map(([id]) => id),
    );
    expect(files.DependsOn?.filter((id) => rules.includes(id))).toHaveLength(4);
  });

  it('shows the data bucket, and tells of changes both ways', () => {
    const changes = { Events: ['NEW', 'CHANGED', 'DELETED'] };
    template.hasResourceProperties('AWS::FSx::DataRepositoryAssociation', {
      FileSystemPath: '/data',
      BatchImportMetaDataOnCreate: true,
      S3: { AutoImportPolicy: changes, AutoExportPolicy: changes },
    });
    const { Properties } = onlyOf(template, 'AWS::FSx::DataRepositoryAssociation');
    const [bucket] = resourcesOf(template, 'AWS::S3::Bucket').map(([id]) => id);
    expect(Properties['DataRepositoryPath']).toEqual({ 'Fn::Join': ['', ['s3://', { Ref: bucket }, '/']] });
  });

  it('is PERSISTENT_2 where it is to be that fast', () => {
    hpcOf({ ...LEAST, lustreGiB: 1_200, lustreMbPerSecondPerTiB: 250 }).template.hasResourceProperties(
      'AWS::FSx::FileSystem',
      {
        LustreConfiguration: { DeploymentType: 'PERSISTENT_2', PerUnitStorageThroughput: 250 },
      },
    );
  });

  it('is of a size that there is', () => {
    expect(() => hpcOf({ ...LEAST, lustreGiB: 3_600 })).toThrow(/lustreGiB 3600/);
  });
});

describe('EFS', () => {
  it('is encrypted and as fast as it is used, reachable in each zone, with a folder of jobs', () => {
    template.hasResourceProperties('AWS::EFS::FileSystem', { Encrypted: true, ThroughputMode: 'elastic' });
    template.resourceCountIs('AWS::EFS::MountTarget', 3);
    template.hasResourceProperties('AWS::EFS::AccessPoint', {
      RootDirectory: { Path: '/jobs' },
      PosixUser: { Uid: '1000' },
    });
  });
});

describe('DataSync', () => {
  it('brings an NFS share to the data bucket when it is told to, and checks what it has brought', () => {
    template.hasResourceProperties('AWS::DataSync::LocationNFS', {
      ServerHostname: 'nas.example.com',
      Subdirectory: '/export',
      OnPremConfig: { AgentArns: [AGENT] },
    });
    template.hasResourceProperties('AWS::DataSync::Task', {
      Schedule: Match.absent(),
      CloudWatchLogGroupArn: Match.anyValue(),
      Options: {
        VerifyMode: 'ONLY_FILES_TRANSFERRED',
        TransferMode: 'CHANGED',
        PreserveDeletedFiles: 'PRESERVE',
      },
    });
  });

  it('may write below one prefix, in the name of this account only, and log', () => {
    const location = onlyOf(template, 'AWS::DataSync::LocationS3');
    expect(location.Properties['Subdirectory']).toBe('/on-premises/');
    const [role] = named(location.Properties['S3Config']);
    const [policy, { Properties }] = resourcesOf(template, 'AWS::IAM::Policy').find(([, one]) =>
      named(one.Properties['Roles']).includes(role!),
    )!;
    expect(location.DependsOn).toContain(policy);
    expect(JSON.stringify(Properties['PolicyDocument'])).toContain('/on-premises/*');
    const [, trusted] = resourcesOf(template, 'AWS::IAM::Role').find(([id]) => id === role)!;
    expect(trusted.Properties['AssumeRolePolicyDocument']).toMatchObject({
      Statement: [
        {
          Principal: { Service: 'datasync.amazonaws.com' },
          Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
        },
      ],
    });
    template.hasResourceProperties('AWS::Logs::ResourcePolicy', { PolicyDocument: Match.anyValue() });
  });
});

describe('File systems and the bucket', () => {
  const KEPT = ['AWS::S3::Bucket', 'AWS::FSx::FileSystem', 'AWS::EFS::FileSystem'];
  const policiesOf = (one: Template) => KEPT.map((type) => onlyOf(one, type).DeletionPolicy);

  it('outlive their stack where data is kept, and only there', () => {
    expect(policiesOf(template)).toEqual([
      'RetainExceptOnCreate',
      'RetainExceptOnCreate',
      'RetainExceptOnCreate',
    ]);
    expect(policiesOf(hpcOf(ALL, { keepsData: false }).template)).toEqual(['Delete', 'Delete', 'Delete']);
  });
});

describe('A stage that asks for nothing of this', () => {
  it('has the queues and the bucket', () => {
    const { template: least } = hpcOf(LEAST);
    for (const type of ['AWS::FSx::FileSystem', 'AWS::EFS::FileSystem', 'AWS::DataSync::Task'])
      least.resourceCountIs(type, 0);
    least.resourceCountIs('AWS::Batch::JobQueue', 3);
    least.resourceCountIs('AWS::S3::Bucket', 1);
  });
});
