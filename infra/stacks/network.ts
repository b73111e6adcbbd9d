import {
  FlowLogDestination,
  GatewayVpcEndpointAwsService,
  InterfaceVpcEndpointAwsService,
  IpAddresses,
  SubnetType,
  Vpc,
  type SubnetSelection,
} from 'aws-cdk-lib/aws-ec2';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { PlatformStack } from '../constructs/platform-stack.ts';
import type { Parameters } from '../parameters.ts';
import { removal, retention } from '../constructs/keeping.ts';

/** What services call; S3 has a gateway endpoint, which costs nothing, in every stage. */
const ENDPOINTS = {
  'ecr-api': InterfaceVpcEndpointAwsService.ECR,
  'ecr-images': InterfaceVpcEndpointAwsService.ECR_DOCKER,
  logs: InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
  secrets: InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
  sqs: InterfaceVpcEndpointAwsService.SQS,
  sns: InterfaceVpcEndpointAwsService.SNS,
  ec2: InterfaceVpcEndpointAwsService.EC2,
  waf: new InterfaceVpcEndpointAwsService('wafv2'),
  batch: InterfaceVpcEndpointAwsService.BATCH,
  ecs: InterfaceVpcEndpointAwsService.ECS,
  'ecs-agent': InterfaceVpcEndpointAwsService.ECS_AGENT,
  'ecs-telemetry': InterfaceVpcEndpointAwsService.ECS_TELEMETRY,
  datasync: InterfaceVpcEndpointAwsService.DATASYNC,
};

export class Network extends PlatformStack {
  readonly vpc: Vpc;
  /** Where everything runs that nobody outside may reach. */
  readonly inside: SubnetSelection;

  constructor(scope: Construct, parameters: Parameters) {
    super(scope, 'network', { parameters, description: 'VPC, and the ways out of it' });
    const { cidr, zones, egress } = parameters.network;
    if (egress === 'endpoints' && parameters.region !== 'us-east-1') {
      throw new Error(
        `${parameters.stage}: network.egress endpoints needs us-east-1, not ${parameters.region}: CloudFront's web ACLs are kept there, and endpoints do not reach other regions. Take nat`,
      );
    }
    if (
      egress === 'endpoints' &&
      (parameters.edge.geo === 'distribution' || parameters.auth.mode === 'jwt')
    ) {
      throw new Error(
        `${parameters.stage}: network.egress endpoints leads neither to CloudFront, which edge.geo distribution needs, nor to who signs tokens (auth.mode jwt). Take nat, or web-acl and api-key`,
      );
    }
    const type = egress === 'endpoints' ? SubnetType.PRIVATE_ISOLATED : SubnetType.PRIVATE_WITH_EGRESS;
    this.inside = { subnetType: type };
    this.vpc = new Vpc(this, 'vpc', {
      ipAddresses: IpAddresses.cidr(cidr),
      maxAzs: zones,
      natGateways: { nat: 1, 'nat-per-zone': zones, endpoints: 0 }[egress],
      subnetConfiguration: [
        // Nothing gets a public address by being put there.
        { name: 'public', subnetType: SubnetType.PUBLIC, cidrMask: 24, mapPublicIpOnLaunch: false },
        { name: 'inside', subnetType: type, cidrMask: 20 },
      ],
      gatewayEndpoints: { s3: { service: GatewayVpcEndpointAwsService.S3 } },
      restrictDefaultSecurityGroup: true,
      flowLogs: {
        all: {
          destination: FlowLogDestination.toCloudWatchLogs(
            new LogGroup(this, 'flow-logs', {
              retention: retention(parameters),
              removalPolicy: removal(parameters),
            }),
          ),
        },
      },
    });
    if (egress === 'endpoints') {
      for (const [name, service] of Object.entries(ENDPOINTS)) {
        this.vpc.addInterfaceEndpoint(name, { service, subnets: this.inside });
      }
    }
  }
}
