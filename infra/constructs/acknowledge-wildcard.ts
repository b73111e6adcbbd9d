import { Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { acknowledge } from './acknowledge.ts';

/** That a permission about a resource with a wildcard in it is as narrow as can be, and why. */
export function acknowledgeWildcard(construct: IConstruct, resource: string, reason: string): void {
  const shown = asFound(Stack.of(construct).resolve(resource));
  acknowledge(construct, `AwsSolutions-IAM5[Resource::${shown}]`, reason);
}

/** As cdk-nag writes it down: what is not known yet in angle brackets. */
function asFound(value: unknown): string {
  if (typeof value === 'string') return value;
  const { Ref, ...functions } = value as Record<string, unknown>;
  const { 'Fn::GetAtt': attribute, 'Fn::Join': join } = functions as Record<string, unknown[]>;
  if (typeof Ref === 'string') return `<${Ref}>`;
  if (attribute !== undefined) return `<${attribute.join('.')}>`;
  if (join !== undefined) return (join[1] as unknown[]).map(asFound).join('');
  throw new Error(`Nobody knows how cdk-nag writes ${JSON.stringify(value)}`);
}
