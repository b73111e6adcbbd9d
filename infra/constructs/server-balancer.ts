import { Duration } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import {
  Port,
  SecurityGroup,
  SubnetType,
  UserData,
  type IVpc,
  type SubnetSelection,
} from 'aws-cdk-lib/aws-ec2';
import {
  ApplicationLoadBalancer,
  ApplicationProtocol,
  ApplicationTargetGroup,
  ListenerAction,
  SslPolicy,
  TargetType,
  type ApplicationListener,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { PlatformStack } from './platform-stack.ts';
import { Servers } from './servers.ts';

export interface ServerBalancerProps {
  vpc: IVpc;
  /** Of the servers: private. */
  inside: SubnetSelection;
  /** That servers listen on, with HTTP. */
  port: number;
  /** Starts what listens there: a script for bash. */
  start: string;
  /** Of Graviton. Default: t4g.micro. */
  instanceType?: string;
  /** Answers 2xx while a server is alive. Default: / */
  healthPath?: string;
  /** Of the load balancer's region. */
  certificateArn: string;
  /** Access logs. */
  logs: IBucket;
  /** What is done with requests that no rule of the listener is about. Default: the servers get them. */
  otherwise?: ListenerAction;
}

/** An ALB with public addresses and a certificate, and servers that nobody else can call. It lets in nobody yet. */
export class ServerBalancer extends Construct {
  readonly loadBalancer: ApplicationLoadBalancer;
  readonly listener: ApplicationListener;
  readonly securityGroup: SecurityGroup;
  readonly targetGroup: ApplicationTargetGroup;
  readonly servers: Servers;

  constructor(scope: Construct, id: string, props: ServerBalancerProps) {
    super(scope, id);
    const { vpc, inside, port, start, instanceType } = props;
    this.securityGroup = new SecurityGroup(this, 'group', {
      vpc,
      description: 'The load balancer: it reaches its servers and nothing else',
      allowAllOutbound: false,
    });
    this.loadBalancer = new ApplicationLoadBalancer(this, 'alb', {
      vpc,
      vpcSubnets: { subnetType: SubnetType.PUBLIC },
      internetFacing: true,
      securityGroup: this.securityGroup,
      dropInvalidHeaderFields: true,
      deletionProtection: PlatformStack.of(this).parameters.keepsData,
    });
    this.loadBalancer.logAccessLogs(props.logs, id);
    this.servers = new Servers(this, 'servers', {
      vpc,
      subnets: inside,
      instanceType,
      userData: () => UserData.custom(`#!/bin/bash\nset -euo pipefail\n${start}`),
    });
    this.servers.securityGroup.addIngressRule(this.securityGroup, Port.tcp(port), 'The load balancer');
    this.securityGroup.addEgressRule(this.servers.securityGroup, Port.tcp(port), 'Servers');
    this.targetGroup = new ApplicationTargetGroup(this, 'targets-group', {
      vpc,
      port,
      protocol: ApplicationProtocol.HTTP,
      targetType: TargetType.INSTANCE,
      healthCheck: {
        path: props.healthPath ?? '/',
        interval: Duration.seconds(10),
        healthyThresholdCount: 2,
        unhealthyThresholdCount: 3,
      },
      deregistrationDelay: Duration.seconds(30),
    });
    this.servers.group.attachToApplicationTargetGroup(this.targetGroup);
    this.listener = this.loadBalancer.addListener('listener', {
      port: 443,
      protocol: ApplicationProtocol.HTTPS,
      open: false,
      certificates: [Certificate.fromCertificateArn(this, 'certificate', props.certificateArn)],
      sslPolicy: SslPolicy.RECOMMENDED_TLS,
      defaultAction: props.otherwise ?? ListenerAction.forward([this.targetGroup]),
    });
  }
}
