import { Fn } from 'aws-cdk-lib';
import { CfnLaunchTemplate } from 'aws-cdk-lib/aws-ec2';
import type { PlatformStack } from './platform-stack.ts';
import { script as fileOf } from './user-data/lines.ts';

export interface NodeTemplateProps {
  name: string;
  /** Images and what containers write beside volumes; all containers of an instance share it. */
  rootGib: number;
  /** Of a node with EFA: its interface is described here, and so are the groups that Batch would set otherwise. */
  efaGroups?: readonly string[] | undefined;
}

/** How Batch starts instances, as far as it does not decide that itself: type, image, role and subnet are its own. */
export class NodeTemplate extends CfnLaunchTemplate {
  constructor(scope: PlatformStack, id: string, { name, rootGib, efaGroups }: NodeTemplateProps) {
    super(scope, id, {
      launchTemplateData: {
        // One hop: a container behind a bridge gets no further than to the credentials of its job's role, which ECS
        // serves elsewhere (169.254.170.2).
        metadataOptions: { httpTokens: 'required', httpEndpoint: 'enabled', httpPutResponseHopLimit: 1 },
        blockDeviceMappings: [
          // The root of the ECS-optimized Amazon Linux 2023.
          {
            deviceName: '/dev/xvda',
            ebs: { volumeType: 'gp3', volumeSize: rootGib, encrypted: true, deleteOnTermination: true },
          },
        ],
        ...(efaGroups && {
          networkInterfaces: [
            {
              deviceIndex: 0,
              networkCardIndex: 0,
              interfaceType: 'efa',
              groups: [...efaGroups],
              deleteOnTermination: true,
            },
          ],
        }),
        userData: Fn.base64(userData(efaGroups !== undefined)),
        tagSpecifications: ['instance', 'volume'].map((resourceType) => ({
          resourceType,
          // Batch starts them, so that tags of the stack do not reach them.
          tags: [
            { key: 'Name', value: name },
            { key: 'groundwork:stage', value: scope.parameters.stage },
          ],
        })),
      },
    });
  }
}

/** Nodes of a multi-node job have an interface of their own (awsvpc), past which one hop would not help. */
const CLOSED_METADATA = `
grep -q BLOCK_IMDS /etc/ecs/ecs.config 2>/dev/null || echo ECS_AWSVPC_BLOCK_IMDS=true >>/etc/ecs/ecs.config
`;

/**
 * The driver, where the kernel of the image has none: libfabric and MPI are the container's. Without a way out it stays
 * as it is, and jobs go by TCP. EFA pins the memory that it sends, so there is no limit to that.
 */
const EFA = `
${fileOf(new URL('efa-install.sh', import.meta.url))}
modinfo efa >/dev/null 2>&1 || install_efa --minimal
modprobe efa || logger -t groundwork 'this node has no EFA'
grep -q memlock /etc/sysconfig/docker || sed -i 's/^OPTIONS="/OPTIONS="--default-ulimit memlock=-1:-1 /' /etc/sysconfig/docker
`;

/** Batch adds a part of its own, so it has to be MIME. A boothook runs before Docker and the agent of ECS start. */
function userData(hasEfa: boolean): string {
  const script = `#!/bin/bash${CLOSED_METADATA}${hasEfa ? EFA.slice(1) : ''}`;
  return [
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary="==NODE=="',
    '',
    '--==NODE==',
    'Content-Type: text/cloud-boothook; charset="us-ascii"',
    '',
    `${script}--==NODE==--`,
    '',
  ].join('\n');
}
