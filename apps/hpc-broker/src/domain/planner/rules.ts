import type { PlanRule } from '@groundwork/contracts';
import type { Question } from './question.ts';
import type { Services } from '../catalogue/services.ts';
import { familyOf } from '../catalogue/instance-table.ts';
import { nameOf, type Candidate } from './candidates.ts';
import type { Need } from './need.ts';

const EFA_GUIDE = 'docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa.html';
const MNP_GUIDE = 'docs.aws.amazon.com/batch/latest/userguide/multi-node-parallel-jobs.html';

/** What a candidate is not allowed for, whatever its size and price. */
export function broken(job: Question, need: Need, candidate: Candidate, services: Services): PlanRule[] {
  const rules = [
    ...ofPurchase(job, candidate),
    ...ofImage(job, candidate),
    ...ofFiles(job, candidate),
    ...ofNetwork(need, candidate),
  ];
  if (candidate.engine.kind === 'batch') rules.push(...ofBatch(job, need, candidate, services));
  return rules;
}

function ofPurchase(job: Question, candidate: Candidate): PlanRule[] {
  const { engine, purchase, type } = candidate;
  // Machines of one's own are not bought: where one is named, the job runs there whatever else would be bought.
  const isNamed = purchase === 'owned' && job.engine === engine.name;
  const rules: PlanRule[] = [];
  if (job.purchase !== 'any' && purchase !== job.purchase && !isNamed) {
    rules.push({
      code: 'other_purchase',
      message: `${nameOf(candidate)} is ${purchase}, and ${job.purchase} is asked for`,
      source: 'purchase of the job',
    });
  }
  if (type === undefined) return rules;
  if (purchase === 'spot' && !type.spot) {
    const isHpc = familyOf(type.type).startsWith('hpc');
    rules.push({
      code: isHpc ? 'hpc_on_demand_only' : 'type_on_demand_only',
      message: `${type.type} is sold On-Demand only${isHpc ? ', as all hpc types are' : ''}: there is no Spot of it`,
      source: 'EC2 DescribeInstanceTypes, SupportedUsageClasses',
    });
  }
  if (type.usdPerHour === undefined) {
    rules.push({
      code: 'not_sold_here',
      message: `${type.type} has no price in this region: it is not sold here`,
      source: 'price list of the catalogue',
    });
  }
  return rules;
}

/** Else it would run without its container, on a system for which it was not made; or has none to run in. */
function ofImage({ hasImage }: Question, { engine }: Candidate): PlanRule[] {
  if (!hasImage && engine.needsImage === true) {
    return [
      {
        code: 'needs_image',
        message: `${engine.name} runs containers only, and neither the job nor BATCH_IMAGE names an image`,
        source: `settings of ${engine.name}`,
      },
    ];
  }
  if (!hasImage || engine.kind === 'batch') return [];
  return [
    {
      code: 'no_containers',
      message: `${engine.name} runs no containers, and the job names an image: leave image out to run it as it is on that machine`,
      source: `what engines of kind ${engine.kind} do here`,
    },
  ];
}

function ofFiles({ hasFiles }: Question, { engine }: Candidate): PlanRule[] {
  if (!hasFiles || engine.stages !== false) return [];
  return [
    {
      code: 'no_staging',
      message: `the broker brings no inputs to ${engine.name} and stores no outputs there: read and write them in the command`,
      source: `what engines of kind ${engine.kind} do here`,
    },
  ];
}

function ofNetwork(need: Need, { engine, type }: Candidate): PlanRule[] {
  if (need.network === 'any') return [];
  const rules: PlanRule[] = [];
  const zones = engine.zones ?? 1;
  const isAlone = type === undefined && (engine.nodes ?? 1) === 1;
  if (need.network === 'efa') {
    if (!(type?.efa ?? engine.network === 'efa')) {
      const who = type?.type ?? engine.name;
      rules.push({ code: 'no_efa', message: `${who} has no Elastic Fabric Adapter`, source: EFA_GUIDE });
    }
    if (zones > 1) {
      rules.push({
        code: 'efa_across_zones',
        message: `${engine.name} spreads its nodes over ${zones} zones, and EFA traffic cannot leave one: give it one subnet`,
        source: EFA_GUIDE,
      });
    }
    if (engine.placementGroup === false) {
      rules.push({
        code: 'efa_without_placement_group',
        message: `${engine.name} starts nodes outside of any cluster placement group, which EFA is not worth having without: set one`,
        source: EFA_GUIDE,
      });
    }
    return rules;
  }
  if (type?.network === '82599') {
    rules.push({
      code: 'legacy_network',
      message: `${type.type} has Intel 82599 networking, at most 10 Gbps: legacy, and not of low latency`,
      source: 'docs.aws.amazon.com/AWSEC2/latest/UserGuide/sriov-networking.html',
    });
  }
  const isNear = type === undefined ? isAlone || (engine.network ?? 'any') !== 'any' : zones === 1;
  if (!isNear || engine.placementGroup === false) {
    rules.push({
      code: 'no_cluster_placement',
      message: `${engine.name} does not keep nodes near each other: it needs one zone and a cluster placement group`,
      source: 'docs.aws.amazon.com/AWSEC2/latest/UserGuide/placement-strategies.html',
    });
  }
  return rules;
}

function ofBatch(
  job: Question,
  need: Need,
  { engine, purchase }: Candidate,
  { batch }: Services,
): PlanRule[] {
  const rules: PlanRule[] = [];
  if (need.isGang && engine.gangs === false) {
    rules.push({
      code: 'batch_mnp_queue',
      message: `${engine.name} has no job queue for jobs over several nodes: BATCH_QUEUE_MULTI_NODE is not set`,
      source: `settings of ${engine.name}`,
    });
  }
  if (need.isGang && purchase === 'spot') {
    rules.push({
      code: 'batch_mnp_spot',
      message:
        'AWS Batch runs multi-node parallel jobs On-Demand only: such a job would wait on Spot for ever',
      source: MNP_GUIDE,
    });
  }
  if (need.isGang && (engine.zones ?? 1) > 1) {
    rules.push({
      code: 'batch_mnp_zones',
      message: `${engine.name} has ${engine.zones} zones, and a multi-node parallel job needs a compute environment in one`,
      source: MNP_GUIDE,
    });
  }
  if (job.array !== undefined && job.array.size > batch.maxArray) {
    rules.push({
      code: 'batch_array_too_large',
      message: `AWS Batch takes arrays up to ${batch.maxArray}, and this has ${job.array.size}`,
      source: batch.source,
    });
  }
  if (job.dependencies > batch.maxDependencies) {
    rules.push({
      code: 'batch_too_many_dependencies',
      message: `AWS Batch takes ${batch.maxDependencies} dependencies, and this has ${job.dependencies}`,
      source: batch.source,
    });
  }
  return rules;
}
