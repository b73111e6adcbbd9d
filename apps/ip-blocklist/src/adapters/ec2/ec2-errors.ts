import { createNamed } from '../failures.ts';

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html */
export const namedEc2 = createNamed({
  conflicts: [
    'NetworkAclEntryAlreadyExists',
    // Gone, or there already: our picture is out of date.
    'InvalidNetworkAclEntry.NotFound',
    'InvalidPermission.Duplicate',
    'InvalidPermission.NotFound',
  ],
  throttles: ['RequestLimitExceeded', 'Throttling', 'ThrottlingException'],
  limits: ['NetworkAclEntryLimitExceeded', 'RulesPerSecurityGroupLimitExceeded'],
});
