export { createSandbox, startSandbox, type Sandbox, type SandboxOptions } from './sandbox.ts';
export type { Condition, EnforcedAcl, EnforcedRule } from './wafv2/resolve.ts';
export { Resources } from './resources.ts';
export type { Fault, FaultInput, Faults } from './faults/rules.ts';
