import { Conflict, LimitReached, Throttled } from '../../ports/enforcer.ts';

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html */
const CONFLICTS = new Set([
  'NetworkAclEntryAlreadyExists',
  // Gone, or there already: our picture is out of date.
  'InvalidNetworkAclEntry.NotFound',
  'InvalidPermission.Duplicate',
  'InvalidPermission.NotFound',
]);
const THROTTLES = new Set(['RequestLimitExceeded', 'Throttling', 'ThrottlingException']);
const LIMITS = new Set(['NetworkAclEntryLimitExceeded', 'RulesPerSecurityGroupLimitExceeded']);

/** Makes a call that changes something, and says what its failure means. */
export async function namedEc2<T>(operation: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const { name, message: said } = error as Error;
    const message = `${operation}: ${said}`;
    if (CONFLICTS.has(name)) throw new Conflict(message, { cause: error });
    if (THROTTLES.has(name)) throw new Throttled(message, { cause: error });
    if (LIMITS.has(name)) throw new LimitReached(message, { cause: error });
    throw new Error(message, { cause: error });
  }
}
