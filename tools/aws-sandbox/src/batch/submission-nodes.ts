import { batchError } from './error.ts';
import type { NodesSpec } from './jobs/job.ts';
import type { Definition } from './resources/job-definitions.ts';
import type { NodeProperties } from './resources/job-shapes.ts';
import { isOpen, rangesOfNodes } from './resources/node-ranges.ts';
import { overridden } from './submission-container.ts';
import type { Submission } from './submission.ts';

/** Which node runs what; undefined for a job of one container. */
export function nodesOf(asked: Submission, definition: Definition): NodesSpec | undefined {
  const properties = definition.nodeProperties;
  if (properties === undefined) {
    if (asked.nodeOverrides !== undefined)
      throw batchError.client('nodeOverrides is for multi-node parallel jobs');
    return undefined;
  }
  if (asked.containerOverrides !== undefined) {
    throw batchError.client('containerOverrides is not for multi-node parallel jobs; use nodeOverrides');
  }
  const numNodes = numNodesOf(properties, asked.nodeOverrides?.numNodes);
  const ranges = properties.nodeRangeProperties;
  const containerOf = rangesOfNodes(
    ranges.map(({ targetNodes }) => targetNodes),
    numNodes,
  );
  const overrides = asked.nodeOverrides?.nodePropertyOverrides ?? [];
  checkTargets(ranges, overrides);
  const containers = ranges.map(({ targetNodes, container, instanceTypes = [] }) => {
    const over = overrides.find((one) => one.targetNodes === targetNodes);
    return {
      targetNodes,
      container: overridden(container, over?.containerOverrides),
      instanceTypes: over?.instanceTypes ?? instanceTypes,
    };
  });
  return { numNodes, mainNode: properties.mainNode, containerOf, containers };
}

/**
 * Not documented, but what Batch answers: an override is for one of the definition's ranges, not for a part of one.
 * https://github.com/aws/aws-parallelcluster/pull/964
 */
function checkTargets(
  ranges: readonly { targetNodes: string }[],
  overrides: readonly { targetNodes: string }[],
): void {
  const known = new Set(ranges.map(({ targetNodes }) => targetNodes));
  const unknown = overrides.map(({ targetNodes }) => targetNodes).filter((one) => !known.has(one));
  if (unknown.length === 0) return;
  throw batchError.client(
    `NodeOverride targets should match job definition. Non matching targets - ${unknown.join(', ')}`,
  );
}

/** https://docs.aws.amazon.com/batch/latest/APIReference/API_NodeOverrides.html */
function numNodesOf(properties: NodeProperties, override: number | undefined): number {
  if (override === undefined) return properties.numNodes;
  const ranges = properties.nodeRangeProperties.map(({ targetNodes }) => targetNodes);
  if (!ranges.some(isOpen)) throw batchError.client('numNodes: no node range has an open upper boundary');
  const lower = Math.max(...ranges.map((text) => Number(text.split(':')[0] ?? 0)));
  if (lower >= override) throw batchError.client('numNodes: a node range begins above it');
  if (properties.mainNode >= override) throw batchError.client('numNodes must be greater than mainNode');
  return override;
}
