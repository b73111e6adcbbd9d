/**
 * WAF takes 1 call/s of each operation that writes, account-wide; the rest makes up for calls that do
 * not all take equally long to arrive. https://docs.aws.amazon.com/waf/latest/developerguide/limits.html
 */
const SECOND = 1_050;
/** EC2 refills 5 calls/s of those that write. https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html */
const FIFTH = 220;

const GAPS_MS: Readonly<Record<string, number>> = {
  CreateNetworkAclEntry: FIFTH,
  ReplaceNetworkAclEntry: FIFTH,
  DeleteNetworkAclEntry: FIFTH,
  AuthorizeSecurityGroupIngress: FIFTH,
  RevokeSecurityGroupIngress: FIFTH,
};

/** Time between two writes of one operation, in ms. */
export function gapOf(operation: string): number {
  return GAPS_MS[operation] ?? SECOND;
}
