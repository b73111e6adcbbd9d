import type { Suite } from '@groundwork/service/testing/contract';
import { describeNoFences, describeOthers } from '../enforcer-among-others.ts';
import { describeFailures, describeLimits } from '../enforcer-fails.ts';
import { describeHindrances } from '../enforcer-hindered.ts';
import { describeHolding } from '../enforcer-holds.ts';
import { describeNetworkAcl } from './network-acl.ts';
import { HINDRANCES, type AclPlace } from './place.ts';

export const suites: readonly Suite<AclPlace>[] = [
  describeHolding,
  describeOthers,
  describeNoFences,
  describeFailures,
  describeLimits,
  describeHindrances(HINDRANCES),
  describeNetworkAcl,
];
