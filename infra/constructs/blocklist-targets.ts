import { CfnOutput } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { stringify } from 'yaml';

/** One of TARGETS of ip-blocklist, as its README has them. */
export type BlocklistTarget = Readonly<Record<string, unknown>> & {
  name: string;
  kind: string;
  topology: string;
};

/** Gives TARGETS_YAML of ip-blocklist, and says it in an output. */
export function blocklistTargets(scope: Construct, targets: readonly BlocklistTarget[]): string {
  const value = stringify({ targets });
  new CfnOutput(scope, 'targets', { description: 'TARGETS_YAML of ip-blocklist', value });
  return value;
}
