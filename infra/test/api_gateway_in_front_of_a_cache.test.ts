import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { createAuthorizer } from '../architectures/api-gateway-cache/authorizer.ts';
import { templatesOfExample } from './stage.ts';

const templates = templatesOfExample('api-gateway-cache');

interface Rule {
  description: string;
  fromPort: number;
}

/** What may be spoken to, in either direction, wherever the rule is written down. */
function rulesOf(template: Template): Rule[] {
  const rules = ['Ingress', 'Egress'].flatMap((direction) => [
    ...Object.values(template.findResources(`AWS::EC2::SecurityGroup${direction}`)).map(
      (one) => one['Properties'],
    ),
    ...Object.values(template.findResources('AWS::EC2::SecurityGroup')).flatMap(
      (one) => one['Properties'][`SecurityGroup${direction}`] ?? [],
    ),
  ]);
  return rules.map(({ Description, FromPort }) => ({ description: Description, fromPort: FromPort }));
}

describe.each(['vpc-link', 'lambda'] as const)('with its logic behind %s', (kind) => {
  const template = templates[`api-${kind}`]!;
  const [distribution] = Object.values(template.findResources('AWS::CloudFront::Distribution'));
  const config = distribution!['Properties'].DistributionConfig;
  const origin = config.Origins[0];

  it('clients come to CloudFront, over HTTPS, past the web ACL', () => {
    expect(config.WebACLId).toContain(':global/webacl/');
    expect(config.DefaultCacheBehavior.ViewerProtocolPolicy).toBe('redirect-to-https');
  });

  it('CloudFront goes to API Gateway over TLS and says the secret, which no template has', () => {
    expect(JSON.stringify(origin.DomainName)).toContain('.execute-api.us-east-1.amazonaws.com');
    expect(origin.CustomOriginConfig.OriginProtocolPolicy).toBe('https-only');
    const [{ HeaderName, HeaderValue }] = origin.OriginCustomHeaders;
    expect(HeaderName).toBe('X-Origin-Secret');
    expect(JSON.stringify(HeaderValue)).toContain('{{resolve:secretsmanager:');
  });

  it('API Gateway answers nobody else: each of its routes asks the authorizer', () => {
    const routes = Object.values(template.findResources('AWS::ApiGatewayV2::Route'));
    expect(routes).toHaveLength(1);
    expect(routes[0]!['Properties']).toMatchObject({ RouteKey: '$default', AuthorizationType: 'CUSTOM' });
    template.hasResourceProperties('AWS::ApiGatewayV2::Authorizer', {
      AuthorizerType: 'REQUEST',
      IdentitySource: ['$request.header.x-origin-secret'],
      EnableSimpleResponses: true,
      AuthorizerResultTtlInSeconds: 300,
    });
    const functions = Object.values(template.findResources('AWS::Lambda::Function'));
    const [authorizer] = functions.filter((one) => one['Properties'].Environment !== undefined);
    expect(authorizer!['Properties'].Environment.Variables).toEqual({
      ORIGIN_SECRET: origin.OriginCustomHeaders[0].HeaderValue,
    });
  });

  it('nothing is kept for another caller, nor longer than the logic says', () => {
    const [policy] = Object.values(template.findResources('AWS::CloudFront::CachePolicy'));
    expect(policy!['Properties'].CachePolicyConfig).toMatchObject({
      MinTTL: 0,
      DefaultTTL: 0,
      ParametersInCacheKeyAndForwardedToOrigin: {
        HeadersConfig: { Headers: ['Authorization', 'X-Api-Key'] },
        QueryStringsConfig: { QueryStringBehavior: 'all' },
      },
    });
  });

  it('no error is kept that does not say so itself', () => {
    expect(config.CustomErrorResponses).toEqual(
      [400, 403, 404, 405, 414, 500, 501, 502, 503, 504].map((ErrorCode) => ({
        ErrorCode,
        ErrorCachingMinTTL: 0,
      })),
    );
  });

  it('is throttled, and logs what it did', () => {
    template.resourceCountIs('AWS::ApiGatewayV2::Stage', 1);
    template.hasResourceProperties('AWS::ApiGatewayV2::Stage', {
      StageName: '$default',
      AutoDeploy: true,
      DefaultRouteSettings: {
        ThrottlingRateLimit: 500,
        ThrottlingBurstLimit: 1_000,
        DetailedMetricsEnabled: true,
      },
    });
    const [stage] = Object.values(template.findResources('AWS::ApiGatewayV2::Stage'));
    const format = JSON.parse(stage!['Properties'].AccessLogSettings.Format) as Record<string, string>;
    expect(format).toMatchObject({ status: '$context.status', requestId: '$context.requestId' });
    // Headers hold keys.
    expect(JSON.stringify(format)).not.toContain('header');
  });

  it('its logic gets to the cache and the database, at their ports', () => {
    for (const [port, description] of [
      [6_379, 'The cache'],
      [5_432, 'The database'],
    ] as const) {
      // Out of the one, into the other.
      expect(rulesOf(template).filter((rule) => rule.fromPort === port)).toEqual([
        { description, fromPort: port },
        { description, fromPort: port },
      ]);
    }
  });
});

it('API Gateway gets to the load balancer by its VPC link, which gets nowhere else', () => {
  const template = templates['api-vpc-link']!;
  template.hasResourceProperties('AWS::ApiGatewayV2::Integration', {
    ConnectionType: 'VPC_LINK',
    IntegrationType: 'HTTP_PROXY',
    TimeoutInMillis: 29_000,
    RequestParameters: { 'remove:header.X-Origin-Secret': '' },
  });
  template.hasResourceProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', { Scheme: 'internal' });
  expect(rulesOf(template).filter(({ fromPort }) => fromPort === 80)).toEqual([
    { description: 'API Gateway', fromPort: 80 },
    { description: 'The load balancer', fromPort: 80 },
  ]);
});

it('API Gateway may call the function', () => {
  const template = templates['api-lambda']!;
  template.hasResourceProperties('AWS::ApiGatewayV2::Integration', {
    IntegrationType: 'AWS_PROXY',
    PayloadFormatVersion: '2.0',
  });
  template.resourceCountIs('AWS::ApiGatewayV2::VpcLink', 0);
});

describe('the authorizer', () => {
  const authorize = createAuthorizer('s3cret');

  it('lets in who knows the secret', async () => {
    expect(await authorize({ headers: { 'x-origin-secret': 's3cret' } })).toEqual({ isAuthorized: true });
  });

  it.each([undefined, '', 's3cre', 's3cret2', 'S3CRET'])('does not let in who says %s', async (secret) => {
    expect(await authorize({ headers: { 'x-origin-secret': secret } })).toEqual({ isAuthorized: false });
  });

  it('without a secret lets in nobody, but fails', () => {
    expect(() => createAuthorizer('')).toThrow('ORIGIN_SECRET is empty');
  });
});
