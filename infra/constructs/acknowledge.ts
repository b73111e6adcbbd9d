import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** That a rule does not hold here, and why. */
export function acknowledge(construct: IConstruct, rule: string, reason: string): void {
  Validations.of(construct).acknowledge({ id: rule, reason });
}
