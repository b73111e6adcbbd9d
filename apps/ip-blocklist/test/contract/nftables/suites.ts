import type { Suite } from '@groundwork/service/testing/contract';
import { describeFences, describeOthers } from '../enforcer-among-others.ts';
import { describeFailures } from '../enforcer-fails.ts';
import { describeHindrances } from '../enforcer-hindered.ts';
import { describeHolding } from '../enforcer-holds.ts';
import { describeNftables } from './nftables.ts';
import { HINDRANCES, type NftPlace } from './place.ts';

export const suites: readonly Suite<NftPlace>[] = [
  describeHolding,
  describeOthers,
  describeFences,
  describeFailures,
  describeHindrances(HINDRANCES),
  describeNftables,
];
