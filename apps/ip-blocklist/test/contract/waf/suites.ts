import { describeFences, describeOthers } from '../enforcer-among-others.ts';
import { describeFailures, describeLimits } from '../enforcer-fails.ts';
import { describeHindrances } from '../enforcer-hindered.ts';
import { describeHolding } from '../enforcer-holds.ts';
import type { Suite } from '@groundwork/service/testing/contract';
import { HINDRANCES, type WafPlace } from './place.ts';
import { describeWaf } from './waf.ts';

/** Every target runs the same. */
export const suites: readonly Suite<WafPlace>[] = [
  describeHolding,
  describeOthers,
  describeFences,
  describeFailures,
  describeLimits,
  describeHindrances(HINDRANCES),
  describeWaf,
];
