import { expect, it } from 'vitest';
import { modelOfExamples } from '../../all-models.ts';

/** What of an account has a name of its own, and which property that is. */
const NAMES: Record<string, string> = {
  'AWS::SQS::Queue': 'QueueName',
  'AWS::SNS::Topic': 'TopicName',
  'AWS::S3::Bucket': 'BucketName',
  'AWS::AutoScaling::AutoScalingGroup': 'AutoScalingGroupName',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::Logs::LogGroup': 'LogGroupName',
  'AWS::SSM::Document': 'Name',
  'AWS::WAFv2::WebACL': 'Name',
  'Custom::RetainedRuleGroup': 'Name',
};

it('no two examples give the same name to anything, so that all can be deployed into one account', () => {
  const names = modelOfExamples().resources.flatMap(({ stack, path, type, properties }) => {
    const name = properties[NAMES[type] ?? ''];
    return name === undefined ? [] : [{ what: `${type} ${JSON.stringify(name)}`, where: `${stack}/${path}` }];
  });
  expect(names.length).toBeGreaterThan(30);
  const twice = Object.entries(Object.groupBy(names, ({ what }) => what))
    .filter(([, found = []]) => found.length > 1)
    .map(([what, found = []]) => `${what}: ${found.map(({ where }) => where).join(', ')}`);
  expect(twice).toEqual([]);
});
