export { createSandbox, startSandbox, type Sandbox, type SandboxOptions } from './sandbox.ts';
export { Resources } from './resources.ts';
export type { Fault, FaultInput, Faults } from './faults/rules.ts';
