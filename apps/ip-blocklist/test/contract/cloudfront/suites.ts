import type { Suite } from '@groundwork/service/testing/contract';
import { describeFences, describeOthers } from '../enforcer-among-others.ts';
import { describeFailures } from '../enforcer-fails.ts';
import { describeHindrances } from '../enforcer-hindered.ts';
import { describeHolding } from '../enforcer-holds.ts';
import { describeGeo } from './cloudfront.ts';
import { HINDRANCES, type GeoPlace } from './place.ts';

export const suites: readonly Suite<GeoPlace>[] = [
  describeHolding,
  describeOthers,
  describeFences,
  describeFailures,
  describeHindrances(HINDRANCES),
  describeGeo,
];
