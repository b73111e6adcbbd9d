import { describe, expect, it } from 'vitest';
import { resolve } from '../../drills/resolve.ts';
import type { Properties, Resource } from '../../model.ts';
import { modelOfExample } from '../stage.ts';
import { syntaxOf } from './machine.ts';

const of = (name: string) => {
  const model = modelOfExample(name);
  const all = (type: string): Resource[] => model.resources.filter((one) => one.type === type);
  const [group] = all('AWS::AutoScaling::AutoScalingGroup');
  const [template] = all('AWS::EC2::LaunchTemplate');
  return {
    model,
    all,
    group: group!,
    data: template!.properties['LaunchTemplateData'] as Properties,
    statements: all('AWS::IAM::Policy').flatMap(
      ({ properties }) => (properties['PolicyDocument'] as { Statement: Properties[] }).Statement,
    ),
  };
};

describe.each(['one-instance', 'one-instance-with-volume'])('%s', (name) => {
  const { group, data, all } = of(name);

  it('there is one, in one of two zones', () => {
    expect(group.properties).toMatchObject({ MinSize: '1', MaxSize: '1' });
    expect(group.properties['VPCZoneIdentifier']).toHaveLength(2);
  });

  it('the launch hook is part of the group, so that it holds for the first instance, and gives up who says nothing', () => {
    const [launch] = group.properties['LifecycleHookSpecificationList'] as Properties[];
    expect(launch).toMatchObject({
      LifecycleTransition: 'autoscaling:EC2_INSTANCE_LAUNCHING',
      DefaultResult: 'ABANDON',
    });
    expect(all('AWS::AutoScaling::LifecycleHook')).toEqual([]);
  });

  it('asks for a token of metadata, and encrypts its disk', () => {
    expect(data).toMatchObject({
      MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 1 },
      BlockDeviceMappings: [{ Ebs: { Encrypted: true, VolumeType: 'gp3' } }],
    });
  });

  it('its user data is bash, and within the 16 KB that EC2 takes', () => {
    const script = Buffer.from(resolve(data['UserData']!, new Map(), new Map()), 'base64').toString();
    expect(script.length).toBeLessThan(16_384);
    expect(syntaxOf(script)).toEqual({ code: 0, output: '' });
  });

  it('an alarm goes off when nobody has served for ten minutes', () => {
    const alarm = all('AWS::CloudWatch::Alarm').find(
      ({ properties }) => properties['MetricName'] === 'GroupInServiceInstances',
    );
    expect(alarm?.properties).toMatchObject({
      Threshold: 1,
      ComparisonOperator: 'LessThanThreshold',
      Period: 60,
      EvaluationPeriods: 10,
      TreatMissingData: 'breaching',
    });
    expect(group.properties['MetricsCollection']).toEqual([
      { Granularity: '1Minute', Metrics: ['GroupInServiceInstances'] },
    ]);
  });
});

describe('one-instance', () => {
  const { statements, all, data } = of('one-instance');
  const [address] = all('AWS::EC2::EIP');

  it('may give its own address to instances of its own group, and no other', () => {
    const own = statements.filter(({ Action }) => Action === 'ec2:AssociateAddress');
    expect(JSON.stringify(own[0]!['Resource'])).toContain(`"${address!.id}","AllocationId"`);
    expect(JSON.stringify(own[0]!['Resource'])).not.toContain('instance/');
    expect(own[1]!['Condition']).toEqual({
      StringEquals: { 'aws:ResourceTag/aws:autoscaling:groupName': 'groundwork-example-web' },
    });
  });

  it('has a public address to ask for its own with', () => {
    expect(data['NetworkInterfaces']).toMatchObject([{ AssociatePublicIpAddress: true }]);
  });
});

describe('one-instance-with-volume', () => {
  const { group, statements, all } = of('one-instance-with-volume');

  it('who leaves is waited for, and then goes, whatever has come of it', () => {
    const [, terminate] = group.properties['LifecycleHookSpecificationList'] as Properties[];
    expect(terminate).toMatchObject({
      LifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
      DefaultResult: 'CONTINUE',
      HeartbeatTimeout: 300,
    });
  });

  it('its hooks call the function, and so does a clock', () => {
    const rules = all('AWS::Events::Rule').map(({ properties }) => properties);
    expect(rules.map(({ ScheduleExpression }) => ScheduleExpression)).toContain('rate(1 minute)');
    expect(rules.map(({ EventPattern }) => EventPattern)).toContainEqual({
      source: ['aws.autoscaling'],
      'detail-type': ['EC2 Instance-launch Lifecycle Action', 'EC2 Instance-terminate Lifecycle Action'],
      detail: { AutoScalingGroupName: ['groundwork-example-postgres'] },
    });
  });

  it('the function may change what has its name in a tag, and nothing else', () => {
    const named = (kind: string) => ({ [`aws:${kind}/groundwork:volume`]: 'groundwork-example-postgres' });
    const conditions = (action: string) =>
      statements
        .filter(({ Action }) => [Action].flat().includes(action))
        .map(({ Condition }) => (Condition as { StringEquals?: object } | undefined)?.StringEquals);
    const ofGroup = { 'aws:ResourceTag/aws:autoscaling:groupName': 'groundwork-example-postgres' };
    expect(conditions('ec2:AttachVolume')).toEqual([named('ResourceTag'), ofGroup]);
    // The volume is this one; an instance that has left the group does not have its tag any more.
    expect(conditions('ec2:DetachVolume')).toEqual([named('ResourceTag'), undefined]);
    expect(conditions('ec2:DeleteVolume')).toEqual([named('ResourceTag')]);
    expect(conditions('ec2:CreateVolume')).toEqual([named('ResourceTag'), named('RequestTag')]);
    expect(conditions('ec2:CreateSnapshot')).toEqual([named('ResourceTag'), named('RequestTag')]);
    // Those that tools for backups have made of the same volume stay.
    expect(conditions('ec2:DeleteSnapshot')).toEqual([
      { ...named('ResourceTag'), 'aws:ResourceTag/groundwork:made-by': 'one-instance-with-volume' },
    ]);
    expect(conditions('ec2:DeleteTags')).toEqual([named('ResourceTag')]);
    // Instances say that they have unmounted; the function names what it makes.
    expect(conditions('ec2:CreateTags')).toEqual([
      ofGroup,
      named('ResourceTag'),
      { 'ec2:CreateAction': ['CreateVolume', 'CreateSnapshot'] },
    ]);
  });

  it('the function ends before it is called again by the clock', () => {
    const timeouts = all('AWS::Lambda::Function').map(({ properties }) => properties['Timeout']);
    expect(timeouts).toContain(59);
  });
});

describe('elastic-ip-failover', () => {
  const model = modelOfExample('elastic-ip-failover');
  const all = (type: string) => model.resources.filter((one) => one.type === type);

  it('has an instance in each of two zones', () => {
    const subnets = all('AWS::EC2::Instance').flatMap((one) =>
      model.references(one).filter(({ type }) => type === 'AWS::EC2::Subnet'),
    );
    expect(new Set(subnets.map(({ properties }) => properties['AvailabilityZone'])).size).toBe(2);
  });

  it('the template gives the address to nobody, so that no deployment takes it back', () => {
    expect(all('AWS::EC2::EIPAssociation')).toEqual([]);
    expect(all('AWS::EC2::EIP')[0]!.properties['InstanceId']).toBeUndefined();
  });

  it('alarms of checks that fail, or are missing, call the function', () => {
    const alarms = all('AWS::CloudWatch::Alarm').filter(
      ({ properties }) => properties['MetricName'] === 'StatusCheckFailed',
    );
    expect(alarms).toHaveLength(2);
    const [moves] = all('AWS::Lambda::Function').filter(({ properties }) => 'Environment' in properties);
    for (const alarm of alarms) {
      expect(alarm.properties).toMatchObject({
        TreatMissingData: 'breaching',
        Period: 60,
        EvaluationPeriods: 2,
      });
      expect(model.references(alarm, 'AlarmActions')).toEqual([moves]);
    }
  });

  it('the function may give this address to these instances only', () => {
    const [statement] = all('AWS::IAM::Policy')
      .flatMap(({ properties }) => (properties['PolicyDocument'] as { Statement: Properties[] }).Statement)
      .filter(({ Action }) => Action === 'ec2:AssociateAddress');
    expect(JSON.stringify(statement!['Resource'])).not.toContain('instance/*');
  });

  it('an error of the function, with which nobody has the address, goes off', () => {
    expect(all('AWS::CloudWatch::Alarm').map(({ properties }) => properties['MetricName'])).toContain(
      'Errors',
    );
  });
});
