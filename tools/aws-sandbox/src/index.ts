export { createSandbox, startSandbox, type Sandbox, type SandboxOptions } from './sandbox.ts';
export type { EnforcedDistribution, InvalidatedDistribution } from './cloudfront/service.ts';
export type { EnforcedNetworkAcl, EnforcedNetworkAclEntry } from './ec2/enforced-network-acl.ts';
export type { Condition, EnforcedAcl, EnforcedRule, ForwardedAddress } from './wafv2/resolve.ts';
export { Resources } from './resources.ts';
export type { Fault, FaultInput, Faults } from './faults/rules.ts';
