import { ArnFormat, type Stack } from 'aws-cdk-lib';

/** Of a group; its ARN has a number that nobody knows before. */
export const groupArn = (stack: Stack, groupName: string): string =>
  stack.formatArn({
    service: 'autoscaling',
    resource: 'autoScalingGroup',
    resourceName: `*:autoScalingGroupName/${groupName}`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
