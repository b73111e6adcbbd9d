import { CfnOutput } from 'aws-cdk-lib';
import {
  AllowedMethods,
  CachePolicy,
  Distribution,
  HttpVersion,
  OriginProtocolPolicy,
  OriginRequestPolicy,
  OriginSslPolicy,
  ViewerProtocolPolicy,
  type CfnDistribution,
  type ICachePolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { Peer, Port } from 'aws-cdk-lib/aws-ec2';
import { ListenerAction, ListenerCondition } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { acknowledge } from '../../constructs/acknowledge.ts';
import { blocklistTargets } from '../../constructs/blocklist-targets.ts';
import { CurrentGeo } from '../../constructs/current-geo.ts';
import { cloudFrontAddresses } from '../../constructs/ec2-lookup.ts';
import { NO_ERROR_KEPT } from '../../constructs/edge-policies.ts';
import type { PlatformStack } from '../../constructs/platform-stack.ts';
import { ServerBalancer, type ServerBalancerProps } from '../../constructs/server-balancer.ts';

export interface BlockCloudFrontProps extends Omit<ServerBalancerProps, 'otherwise'> {
  /** Of scope CLOUDFRONT, and the name of ip-blocklist's rule group in it (firewall.ts). */
  firewall: { webAclArn: string; ruleGroupName: string };
  /** A name of the load balancer that its certificate has; yours to point there. */
  originName: string;
  /** Raise it by one for another secret between CloudFront and the load balancer, which takes the one before as well. */
  secret: number;
  /** What may be kept. Default: nothing. */
  cachePolicy?: ICachePolicy;
}

const HEADER = 'X-Origin-Secret';

/** client → CloudFront (countries, web ACL) → public ALB → security group → EC2: see README.md. */
export class BlockCloudFront extends Construct {
  readonly distribution: Distribution;
  readonly balancer: ServerBalancer;
  /** TARGETS_YAML of ip-blocklist. */
  readonly blocklistTargets: string;

  constructor(scope: PlatformStack, id: string, props: BlockCloudFrontProps) {
    super(scope, id);
    const { firewall, secret } = props;
    if (!Number.isInteger(secret) || secret < 1)
      throw new Error(`${id}: secret is a number from 1, not ${secret}`);
    this.balancer = new ServerBalancer(this, 'web', {
      ...props,
      // Others can make a distribution that calls from the same addresses.
      otherwise: ListenerAction.fixedResponse(403, { contentType: 'text/plain', messageBody: 'Forbidden' }),
    });
    this.balancer.securityGroup.addIngressRule(
      Peer.prefixList(cloudFrontAddresses(this)),
      Port.tcp(443),
      'CloudFront',
    );
    const secrets = [secret, secret - 1].filter((one) => one > 0).map((one) => this.#secret(one));
    const [current] = secrets;
    const known = secrets.map((one) => one.secretValue.unsafeUnwrap());
    this.balancer.listener.addAction('from-cloudfront', {
      priority: 1,
      conditions: [ListenerCondition.httpHeader(HEADER, known)],
      action: ListenerAction.forward([this.balancer.targetGroup]),
    });
    // By its comment a deployment finds it again (constructs/current-geo.ts).
    const comment = scope.name(id);
    this.distribution = this.#distribution(props, comment, current!);
    // The load balancer takes the new secret before CloudFront says it.
    this.distribution.node.addDependency(this.balancer.listener);
    const resource = this.distribution.node.defaultChild as CfnDistribution;
    new CurrentGeo(scope, `${id}-geo`, { distribution: resource, comment });
    this.blocklistTargets = this.#targets(id, firewall.ruleGroupName, props.port);
    new CfnOutput(this, 'address', { value: `https://${this.distribution.distributionDomainName}` });
  }

  #secret(version: number): Secret {
    const secret = new Secret(this, `secret-${version}`, {
      description: 'What CloudFront tells the public load balancer',
      generateSecretString: { excludePunctuation: true, passwordLength: 48 },
    });
    acknowledge(secret, 'AwsSolutions-SMG4', 'a deployment with another number makes a new one');
    return secret;
  }

  #distribution(
    { firewall, originName, cachePolicy }: BlockCloudFrontProps,
    comment: string,
    secret: Secret,
  ): Distribution {
    const distribution = new Distribution(this, 'distribution', {
      comment,
      webAclId: firewall.webAclArn,
      httpVersion: HttpVersion.HTTP2_AND_3,
      errorResponses: NO_ERROR_KEPT,
      defaultBehavior: {
        origin: new HttpOrigin(originName, {
          protocolPolicy: OriginProtocolPolicy.HTTPS_ONLY,
          originSslProtocols: [OriginSslPolicy.TLS_V1_2],
          // The template has a reference, which CloudFormation resolves when it deploys.
          customHeaders: { [HEADER]: secret.secretValue.unsafeUnwrap() },
        }),
        viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        allowedMethods: AllowedMethods.ALLOW_ALL,
        cachePolicy: cachePolicy ?? CachePolicy.CACHING_DISABLED,
        originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
      },
    });
    acknowledge(distribution, 'AwsSolutions-CFR1', 'ip-blocklist keeps the list of countries');
    acknowledge(
      distribution,
      'AwsSolutions-CFR3',
      'the web ACL logs each request, the ALB each that gets there',
    );
    acknowledge(
      distribution,
      'AwsSolutions-CFR4',
      "under CloudFront's own name it has CloudFront's certificate, and with it its protocols",
    );
    return distribution;
  }

  #targets(id: string, ruleGroup: string, port: number): string {
    const common = { topology: 'cloudfront-waf-alb' };
    const { securityGroup, servers } = this.balancer;
    return blocklistTargets(this, [
      // Countries are the distribution's; both would be asked otherwise.
      { name: id, kind: 'waf-ip-set', ...common, mode: 'auto', ruleGroup, countries: 'leave' },
      {
        name: `${id}-countries`,
        kind: 'cloudfront-geo',
        ...common,
        mode: 'auto',
        distribution: this.distribution.distributionId,
      },
      {
        name: `${id}-alb`,
        kind: 'security-group',
        ...common,
        securityGroup: securityGroup.securityGroupId,
        admits: 'cloudfront',
        ports: [443],
      },
      {
        name: `${id}-servers`,
        kind: 'security-group',
        ...common,
        securityGroup: servers.securityGroup.securityGroupId,
        admits: { securityGroup: securityGroup.securityGroupId },
        ports: [port],
      },
    ]);
  }
}
