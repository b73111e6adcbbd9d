import {
  CfnSecurityGroupEgress,
  CfnSecurityGroupIngress,
  SecurityGroup,
  type IVpc,
  type Port,
} from 'aws-cdk-lib/aws-ec2';
import { DependencyGroup, type Construct } from 'constructs';

export interface ClosedGroupProps {
  vpc: IVpc;
  description: string;
  ports: readonly Port[];
}

/** A security group whose members speak to each other, and to nobody else. */
export class ClosedGroup extends SecurityGroup {
  /** For what is not made before members may speak. */
  readonly rules = new DependencyGroup();

  constructor(scope: Construct, id: string, { vpc, description, ports }: ClosedGroupProps) {
    super(scope, id, { vpc, description, allowAllOutbound: false });
    // As resources of their own: a group cannot name itself.
    for (const [index, port] of ports.entries()) {
      const rule = {
        ...port.toRuleJson(),
        groupId: this.securityGroupId,
        description: 'Members of this group',
      };
      this.rules.add(
        new CfnSecurityGroupIngress(this, `from-${index}`, {
          ...rule,
          sourceSecurityGroupId: this.securityGroupId,
        }),
        new CfnSecurityGroupEgress(this, `to-${index}`, {
          ...rule,
          destinationSecurityGroupId: this.securityGroupId,
        }),
      );
    }
  }
}
