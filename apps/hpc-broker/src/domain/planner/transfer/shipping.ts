import type { Dataset } from '@groundwork/contracts';
import type { Services } from '../../catalogue/services.ts';
import { duration, num } from '../span.ts';
import type { Route } from './route.ts';

const DAY = 86_400;
const INSTEAD = 'DataSync, a Data Transfer Terminal or a partner of AWS instead';

/** What people still ask for, and cannot have. */
export function noLongerSold(
  { bytes }: Dataset,
  { snowball, snowmobile, dataTransferTerminal }: Services['transfer'],
): Route[] {
  const waves = Math.ceil(bytes / (snowball.deviceTb * 1e12));
  const seconds = waves * snowball.waveDays.likely * DAY;
  return [
    {
      open: false,
      name: 'snowball-edge',
      reason: `closed to new customers since ${snowball.closedSince}: ${INSTEAD}. It would be ${num(waves)} × ${snowball.deviceTb} TB, about ${duration(seconds)} by order, post and ingest one after the other`,
      seconds,
      source: snowball.source,
    },
    {
      open: false,
      name: 'snowmobile',
      reason: `retired: ${INSTEAD}`,
      seconds: undefined,
      source: snowmobile.source,
    },
    {
      open: false,
      name: 'data-transfer-terminal',
      reason:
        'discs are brought to a place of AWS and copied there: worth asking for, but its prices are not in the catalogue',
      seconds: undefined,
      source: dataTransferTerminal.source,
    },
  ];
}
