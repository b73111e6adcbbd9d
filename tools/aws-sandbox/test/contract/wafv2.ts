import { randomUUID } from 'node:crypto';
import {
  CreateIPSetCommand,
  GetIPSetCommand,
  UpdateIPSetCommand,
  type IPAddressVersion,
  type Scope,
} from '@aws-sdk/client-wafv2';
import type { Aws } from './contract.ts';

export const visibility = (MetricName: string) => ({
  SampledRequestsEnabled: false,
  CloudWatchMetricsEnabled: false,
  MetricName,
});

/** The exception of a call that must fail. */
export async function refusal(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'accepted',
    (error: Error) => error.name,
  );
}

export const uniqueName = (prefix: string) => `${prefix}-${randomUUID()}`;

/** A new IP set with the calls that are about it. */
export async function newIpSet(
  aws: Aws,
  addresses: string[],
  options: { version?: IPAddressVersion; scope?: Scope } = {},
) {
  const { version = 'IPV4', scope = 'REGIONAL' } = options;
  const name = uniqueName('set');
  const { Summary } = await aws.waf.send(
    new CreateIPSetCommand({ Name: name, Scope: scope, IPAddressVersion: version, Addresses: addresses }),
  );
  const which = { Name: name, Id: Summary?.Id, Scope: scope };
  return {
    ...which,
    arn: Summary?.ARN ?? '',
    get: () => aws.waf.send(new GetIPSetCommand(which)),
    update: (Addresses: string[], LockToken: string | undefined) =>
      aws.waf.send(new UpdateIPSetCommand({ ...which, Addresses, LockToken })),
  };
}
