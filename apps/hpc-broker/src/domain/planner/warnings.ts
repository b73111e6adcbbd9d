import type { PlanOption, PlanRule, PlanSource } from '@groundwork/contracts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { Question } from './question.ts';
import { num, usd } from './span.ts';
import { fitsNotice } from './spot-time.ts';
import { gbOf, type Route } from './transfer/route.ts';

const OLD_DAYS = 180;
const DAY_MS = 86_400_000;
/** Below that nobody thinks of lorries. */
const MUCH_BYTES = 10e12;
const SMALL_FILE_BYTES = 1_048_576;

/** What may go wrong with the chosen plan, or is not what somebody may think it is. */
export function warningsFor(
  job: Question,
  chosen: PlanOption,
  catalogue: Catalogue,
  routes: readonly Route[],
): PlanRule[] {
  return [
    ...ofNetwork(chosen),
    ...ofGpus(chosen, catalogue),
    ...ofSpot(job, chosen, catalogue),
    ...ofCap(job, chosen),
    ...ofData(job, routes),
    ...ofTask(job, chosen),
    ...ofDataOut(job, chosen, catalogue),
    ...oldOnes(job.plannedOn, chosen),
  ];
}

function ofNetwork({ network, instanceType }: PlanOption): PlanRule[] {
  if (!network.startsWith('Intel 82599')) return [];
  const message = `${instanceType} has Intel 82599 networking, up to 10 Gbps: legacy; newer types have ENA`;
  return [
    {
      code: 'legacy_network',
      message,
      source: 'docs.aws.amazon.com/AWSEC2/latest/UserGuide/sriov-networking.html',
    },
  ];
}

function ofGpus({ instanceType }: PlanOption, { instances }: Catalogue): PlanRule[] {
  const type = instances.types.find((one) => one.type === instanceType);
  if (type === undefined || type.gpus === 0) return [];
  const message = `GPUs are taken as equal: whether ${type.gpus} × ${type.gpu} keep the time that is planned is not modelled`;
  return [{ code: 'gpu_speed_not_modelled', message, source: 'model of this planner' }];
}

function ofSpot(job: Question, { purchase }: PlanOption, { services: { spot } }: Catalogue): PlanRule[] {
  if (purchase !== 'spot') return [];
  const warnings: PlanRule[] = [
    {
      code: 'spot_open_band',
      message: `Some types are reclaimed more often than the ${num(spot.monthly.high * 100)} % a month that the high end has: the Advisor's last band has no end`,
      source: spot.monthly.source,
    },
  ];
  if (job.checkpoint === undefined) {
    const message = 'It writes no checkpoints: each reclaim loses all that it has done';
    warnings.push({ code: 'spot_without_checkpoint', message, source: 'checkpoint of the job' });
  } else if (job.checkpoint.everySeconds === undefined && !fitsNotice(job.checkpoint, spot.noticeSeconds)) {
    const message = `Its checkpoint takes longer than its grace or the ${spot.noticeSeconds} s of notice: it is not counted on`;
    warnings.push({ code: 'checkpoint_too_slow', message, source: 'EC2 Spot interruption notice' });
  }
  return warnings;
}

function ofCap({ maxCostUsd }: Question, { cost, worstCaseUsd }: PlanOption): PlanRule[] {
  if (maxCostUsd === undefined || worstCaseUsd <= maxCostUsd) return [];
  const most = cost.high > maxCostUsd ? `${usd(cost.high)} at the high end, and ` : '';
  const message = `It may need more than maxCostUsd ${usd(maxCostUsd)}: ${most}${usd(worstCaseUsd)} if every retry were used up. The broker starts no attempt that could break it, so it may end unfinished`;
  return [{ code: 'cap_may_end_it', message, source: 'maxCostUsd of the job' }];
}

function ofData({ dataset }: Question, routes: readonly Route[]): PlanRule[] {
  if (dataset === undefined || routes.length === 0) return [];
  const warnings: PlanRule[] = [];
  if (dataset.uplinkMbps === undefined) {
    const message =
      'The line of the site is not known, so nothing over the internet is planned: set dataset.uplinkMbps';
    warnings.push({ code: 'uplink_unknown', message, source: 'dataset of the job' });
  }
  if (dataset.files > 1 && dataset.bytes / dataset.files < SMALL_FILE_BYTES) {
    const message = `Files of ${num(Math.round(dataset.bytes / dataset.files))} bytes each move slower than the line allows: pack them first`;
    warnings.push({
      code: 'small_files',
      message,
      source: 'files are not counted in the time of a transfer',
    });
  }
  if (dataset.bytes >= MUCH_BYTES) {
    const gone = routes.filter(({ name }) => name === 'snowball-edge' || name === 'snowmobile');
    for (const route of gone) {
      if (route.open) continue;
      warnings.push({
        code: route.name.replace('-', '_'),
        message: `${route.name}: ${route.reason}`,
        source: route.source,
      });
    }
  }
  return warnings;
}

/** It is run whatever the plan says: only whoever has set it up knows what it is worth. */
function ofTask({ dataset }: Question, { transfer, engine }: PlanOption): PlanRule[] {
  const task = dataset?.task;
  if (task === undefined || (transfer !== null && /^(datasync|direct-connect)/.test(transfer.name)))
    return [];
  const planned =
    transfer === null
      ? `no way for the data, as ${engine.name} is taken to be where it is`
      : `${transfer.name}, and not DataSync`;
  const message = `The job waits until the DataSync task ${task} has brought its data, and the plan has ${planned}: time and cost of the task are not in it`;
  return [{ code: 'task_not_planned', message, source: 'dataset.task of the job' }];
}

function ofDataOut(
  { dataset }: Question,
  { purchase, engine }: PlanOption,
  { services: { s3 } }: Catalogue,
): PlanRule[] {
  if (dataset?.at !== 'aws' || purchase !== 'owned') return [];
  const most = usd(gbOf(dataset.bytes) * s3.mostUsdPerGbOut);
  const message = `The data is in AWS, and ${engine.name} is taken to be there too: elsewhere, to bring it costs up to ${most} and time that are not planned`;
  return [{ code: 'data_leaves_aws', message, source: s3.source }];
}

/** How fast a core is does not grow old; a price does. */
function oldOnes(plannedOn: string, { cost }: PlanOption): PlanRule[] {
  return cost.sources
    .map((source) => ({ ...source, days: ageDays(plannedOn, source) }))
    .filter(({ days }) => days > OLD_DAYS)
    .map(({ what, date, days }) => ({
      code: 'old_price',
      message: `A price is ${num(days)} days old (${date}): look whether it still holds`,
      source: what,
    }));
}

function ageDays(plannedOn: string, { date }: PlanSource): number {
  return Math.floor((Date.parse(plannedOn) - Date.parse(date)) / DAY_MS);
}
