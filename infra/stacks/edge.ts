import { Annotations, CfnOutput, Duration } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import {
  AllowedMethods,
  CachePolicy,
  CfnDistribution,
  Distribution,
  HttpVersion,
  OriginProtocolPolicy,
  OriginRequestPolicy,
  OriginSslPolicy,
  PriceClass,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
  type BehaviorOptions,
  type IOrigin,
} from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin, S3BucketOrigin, VpcOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { Bucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { stringify } from 'yaml';
import { acknowledge } from '../constructs/acknowledge.ts';
import { CurrentGeo } from '../constructs/current-geo.ts';
import { edgePolicies, NO_ERROR_KEPT } from '../constructs/edge-policies.ts';
import { PlatformStack } from '../constructs/platform-stack.ts';
import type { Parameters } from '../parameters.ts';
import type { Entrance } from './entrance.ts';
import type { Events } from './events.ts';
import type { Firewall } from './firewall.ts';

/** Progress of sweeps and jobs comes in events, with silence in between. CloudFront waits 30 s by default. */
const ORIGIN_TIMEOUT = Duration.seconds(60);

export interface EdgeParts {
  events: Events;
  entrance: Entrance;
  firewall: Firewall;
}

/** What clients talk to: CloudFront, and what ip-blocklist has to know of it. */
export class Edge extends PlatformStack {
  readonly distribution: Distribution;
  readonly ruleGroupName: string;
  /** TARGETS_YAML of ip-blocklist. */
  readonly blocklistTargets: string;

  constructor(scope: Construct, parameters: Parameters, { events, entrance, firewall }: EdgeParts) {
    super(scope, 'edge', { parameters, description: 'CloudFront' });
    const { domain, geo } = parameters.edge;
    const policies = edgePolicies(this);
    const services = this.#services(entrance);
    const common = {
      viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
      responseHeadersPolicy: policies.headers,
      compress: false,
    };
    const images: BehaviorOptions = {
      ...common,
      origin: services,
      cachePolicy: policies.images,
      originRequestPolicy: policies.keyed,
      allowedMethods: AllowedMethods.ALLOW_GET_HEAD,
    };
    // By its comment a deployment finds it again (constructs/current-geo.ts).
    const comment = this.name('edge');
    this.distribution = new Distribution(this, 'distribution', {
      comment,
      defaultBehavior: {
        ...common,
        origin: services,
        cachePolicy: CachePolicy.CACHING_DISABLED,
        originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
        allowedMethods: AllowedMethods.ALLOW_ALL,
      },
      additionalBehaviors: {
        '/images/*': images,
        '/derivatives/*': this.#areImagesPublic()
          ? {
              ...common,
              origin: this.#files('thumbnails', events.thumbnails),
              cachePolicy: CachePolicy.CACHING_OPTIMIZED_FOR_UNCOMPRESSED_OBJECTS,
              allowedMethods: AllowedMethods.ALLOW_GET_HEAD,
            }
          : images,
        // As long as each file says in its Cache-Control, a day without; compressed for who takes it.
        '/static/*': {
          ...common,
          origin: this.#files('website', events.website),
          cachePolicy: CachePolicy.CACHING_OPTIMIZED,
          compress: true,
          allowedMethods: AllowedMethods.ALLOW_GET_HEAD,
        },
        '/cache/*': {
          ...common,
          origin: services,
          cachePolicy: policies.cache,
          originRequestPolicy: policies.keyed,
          allowedMethods: AllowedMethods.ALLOW_ALL,
        },
      },
      errorResponses: NO_ERROR_KEPT,
      webAclId: firewall.webAclArn,
      httpVersion: HttpVersion.HTTP2_AND_3,
      // Locations in Europe and North America, at the least price: others are served from there, too.
      priceClass: PriceClass.PRICE_CLASS_100,
      ...(domain && {
        minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
        domainNames: [domain.name],
        certificate: Certificate.fromCertificateArn(this, 'certificate', domain.certificateArn),
      }),
    });
    const resource = this.distribution.node.defaultChild as CfnDistribution;
    // By it cache-api invalidates what has changed; the construct does not know of it yet.
    resource.addPropertyOverride('DistributionConfig.CacheTagConfig', { HeaderName: 'Cache-Tag' });
    if (geo === 'distribution') new CurrentGeo(this, 'geo', { distribution: resource, comment });
    this.#explain(geo);
    new CfnOutput(this, 'address', {
      value: `https://${domain?.name ?? this.distribution.distributionDomainName}`,
    });
    this.ruleGroupName = firewall.ruleGroupName;
    this.blocklistTargets = this.#targets(geo);
  }

  /** The load balancer. */
  #services({ vpcOrigin, loadBalancer, secret }: Entrance): IOrigin {
    const { domain } = this.parameters.edge;
    const domainName = domain?.originName ?? loadBalancer.loadBalancerDnsName;
    if (vpcOrigin !== undefined) {
      return VpcOrigin.withVpcOrigin(vpcOrigin, { domainName, readTimeout: ORIGIN_TIMEOUT });
    }
    return new HttpOrigin(domainName, {
      protocolPolicy: OriginProtocolPolicy.HTTPS_ONLY,
      originSslProtocols: [OriginSslPolicy.TLS_V1_2],
      readTimeout: ORIGIN_TIMEOUT,
      // The template has a reference, which CloudFormation resolves when it deploys.
      customHeaders: { 'X-Origin-Secret': secret!.secretValue.unsafeUnwrap() },
    });
  }

  /**
   * Straight from the bucket, which lets in the distributions of this account (stacks/events.ts). It is known here by
   * its name only: a policy of it that named this distribution would have each stack wait for the other.
   */
  #files(id: string, { bucketName }: IBucket): IOrigin {
    const bucket = Bucket.fromBucketAttributes(this, id, {
      bucketName,
      region: this.region,
    });
    Annotations.of(this).acknowledgeWarning(
      '@aws-cdk/aws-cloudfront-origins:updateImportedBucketPolicyOac',
      'stacks/events.ts has the policy',
    );
    return S3BucketOrigin.withOriginAccessControl(bucket);
  }

  /** Where they are not, the thumbnailer asks for links or scopes, and S3 would not. */
  #areImagesPublic(): boolean {
    return (this.parameters.settings?.thumbnailer?.['IMAGES_ACCESS'] ?? 'public') === 'public';
  }

  #targets(geo: Parameters['edge']['geo']): string {
    const common = { topology: 'cloudfront-waf-alb', mode: 'auto' };
    const cdn = { name: 'cdn', kind: 'waf-ip-set', ...common, ruleGroup: this.ruleGroupName };
    if (geo === 'web-acl') return stringify({ targets: [cdn] });
    const { distributionId: distribution } = this.distribution;
    const countries = { name: 'countries', kind: 'cloudfront-geo', ...common, distribution };
    return stringify({ targets: [{ ...cdn, countries: 'leave' }, countries] });
  }

  #explain(geo: Parameters['edge']['geo']): void {
    const { distribution } = this;
    acknowledge(
      distribution,
      'AwsSolutions-CFR1',
      geo === 'web-acl'
        ? 'countries are blocked in the web ACL, where who is allowed by address gets in'
        : 'ip-blocklist keeps the list of countries',
    );
    acknowledge(
      distribution,
      'AwsSolutions-CFR3',
      'standard logging v2 is in stacks/edge-logs.ts, which this rule does not know',
    );
    if (this.parameters.edge.domain === undefined) {
      acknowledge(
        distribution,
        'AwsSolutions-CFR4',
        "a stage without a name of its own has CloudFront's certificate, and with it its protocols",
      );
      acknowledge(
        distribution,
        'AwsSolutions-CFR5',
        'without a name the load balancer can have no certificate; CloudFront reaches it through the VPC',
      );
    }
  }
}
