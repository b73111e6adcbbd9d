import { Duration } from 'aws-cdk-lib';
import { OriginProtocolPolicy, VpcOrigin, VpcOriginEndpoint } from 'aws-cdk-lib/aws-cloudfront';
import { CfnSecurityGroupIngress, Peer, Port, SecurityGroup, SubnetType } from 'aws-cdk-lib/aws-ec2';
import {
  ApplicationListener,
  ApplicationLoadBalancer,
  ApplicationProtocol,
  ListenerAction,
  SslPolicy,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { acknowledge } from '../constructs/acknowledge.ts';
import { cloudFrontAddresses, ec2Lookup } from '../constructs/ec2-lookup.ts';
import { PlatformStack } from '../constructs/platform-stack.ts';
import type { Parameters } from '../parameters.ts';
import type { Events } from './events.ts';
import type { Network } from './network.ts';

/** The group that CloudFront makes in a VPC with its first origin there. */
const CLOUDFRONT_GROUP = 'CloudFront-VPCOrigins-Service-SG';

/** The only door: an ALB that nobody but CloudFront can reach. */
export class Entrance extends PlatformStack {
  readonly loadBalancer: ApplicationLoadBalancer;
  readonly listener: ApplicationListener;
  /** Of a private ALB. */
  readonly vpcOrigin?: VpcOrigin;
  /** Of a public ALB: what CloudFront says in X-Origin-Secret, that others who can be reached from CloudFront do not know. */
  readonly secret?: Secret;

  constructor(
    scope: Construct,
    parameters: Parameters,
    { network, events }: { network: Network; events: Events },
  ) {
    super(scope, 'entrance', { parameters, description: 'The load balancer, and how CloudFront reaches it' });
    const { origin, domain, secret } = parameters.edge;
    const isPublic = origin === 'public-alb';
    if (isPublic && domain === undefined) {
      throw new Error(
        `${parameters.stage}: edge.origin public-alb needs edge.domain: without a certificate the secret, and all that is asked, would cross the internet in the clear. Take vpc-origin`,
      );
    }
    const port = domain === undefined ? 80 : 443;
    const group = new SecurityGroup(this, 'group', {
      vpc: network.vpc,
      description: 'The load balancer: CloudFront and nobody else gets in',
      allowAllOutbound: false,
    });
    this.loadBalancer = new ApplicationLoadBalancer(this, 'alb', {
      vpc: network.vpc,
      internetFacing: isPublic,
      vpcSubnets: isPublic ? { subnetType: SubnetType.PUBLIC } : network.inside,
      securityGroup: group,
      dropInvalidHeaderFields: true,
      // Longer than CloudFront keeps its connections (5 s), so that it never uses one that is just being closed.
      idleTimeout: Duration.seconds(60),
      deletionProtection: parameters.keepsData,
    });
    this.loadBalancer.logAccessLogs(events.logs, 'alb');
    this.listener = this.loadBalancer.addListener('listener', {
      port,
      open: false,
      ...(domain === undefined
        ? { protocol: ApplicationProtocol.HTTP }
        : {
            protocol: ApplicationProtocol.HTTPS,
            certificates: [Certificate.fromCertificateArn(this, 'certificate', domain.originCertificateArn)],
            sslPolicy: SslPolicy.RECOMMENDED_TLS,
          }),
      defaultAction: ListenerAction.fixedResponse(404, {
        contentType: 'application/problem+json',
        messageBody: '{"type":"about:blank","title":"Not Found","status":404,"code":"no_such_service"}',
      }),
    });
    if (isPublic) {
      this.secret = new Secret(this, `origin-secret-${secret}`, {
        description: 'What CloudFront tells the public load balancer',
        generateSecretString: { excludePunctuation: true, passwordLength: 48 },
      });
      acknowledge(this.secret, 'AwsSolutions-SMG4', 'edge.secret makes a new one');
      group.addIngressRule(Peer.prefixList(cloudFrontAddresses(this)), Port.tcp(port), 'CloudFront');
    } else {
      this.vpcOrigin = new VpcOrigin(this, 'origin', {
        endpoint: VpcOriginEndpoint.applicationLoadBalancer(this.loadBalancer),
        vpcOriginName: this.name('alb'),
        protocolPolicy:
          domain === undefined ? OriginProtocolPolicy.HTTP_ONLY : OriginProtocolPolicy.HTTPS_ONLY,
        httpPort: 80,
        httpsPort: 443,
      });
      // The origin alone opens nothing: without this rule CloudFront times out.
      const rule = new CfnSecurityGroupIngress(this, 'from-cloudfront', {
        groupId: group.securityGroupId,
        description: 'CloudFront, through its VPC origin',
        ipProtocol: 'tcp',
        fromPort: port,
        toPort: port,
        sourceSecurityGroupId: this.#cloudFrontGroup(network),
      });
      rule.node.addDependency(this.vpcOrigin);
    }
  }

  #cloudFrontGroup(network: Network): string {
    const lookup = ec2Lookup(this, 'cloudfront-group', 'describeSecurityGroups', {
      Filters: [
        { Name: 'vpc-id', Values: [network.vpc.vpcId] },
        { Name: 'group-name', Values: [CLOUDFRONT_GROUP] },
      ],
    });
    lookup.node.addDependency(this.vpcOrigin!);
    return lookup.getResponseField('SecurityGroups.0.GroupId');
  }
}
