import type { TargetName } from './targets.ts';

/**
 * Where a target is known to differ from AWS: title of the test, reason. A listed test has to fail:
 * when an emulator mends a gap, its line here has to go.
 */
export const knownGaps: Readonly<Record<TargetName, Readonly<Record<string, string>>>> = {
  sandbox: {},
  moto: {},
  ministack: {},
};
