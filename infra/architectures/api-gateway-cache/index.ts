import { Duration, Stack } from 'aws-cdk-lib';
import {
  HttpApi,
  HttpStage,
  LogGroupLogDestination,
  ParameterMapping,
  VpcLink,
  type HttpRouteIntegration,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaAuthorizer, HttpLambdaResponseType } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpAlbIntegration, HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  AllowedMethods,
  CacheQueryStringBehavior,
  Distribution,
  HttpVersion,
  OriginProtocolPolicy,
  OriginSslPolicy,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import {
  CfnSecurityGroupIngress,
  SecurityGroup,
  type IConnectable,
  type IVpc,
  type Port,
  type SubnetSelection,
} from 'aws-cdk-lib/aws-ec2';
import type { ApplicationListener } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { acknowledge } from '../../constructs/acknowledge.ts';
import { askedByKey, cacheBy, NO_ERROR_KEPT } from '../../constructs/edge-policies.ts';
import { removal, retention } from '../../constructs/keeping.ts';
import { NodeFunction } from '../../constructs/node-function.ts';
import type { PlatformStack } from '../../constructs/platform-stack.ts';

/**
 * What asks the cache first, and then the database. A month, in us-east-1 (AWS price list, 2026-11):
 * both pay $1 per million requests to API Gateway (of 512 KB each) for what CloudFront did not have.
 */
export type Logic =
  /**
   * EC2 or ECS behind a load balancer: its $16.43 and what runs, used or not. The VPC link itself is free.
   * Who the client is comes in Forwarded, and not in X-Forwarded-For.
   */
  | {
      kind: 'vpc-link';
      vpc: IVpc;
      subnets: SubnetSelection;
      listener: ApplicationListener;
      port: Port;
      tasks: IConnectable;
    }
  /**
   * Nothing while nothing comes. 512 MB for 20 ms on ARM are $0.33 per million with the request, so that it is cheaper
   * than a load balancer and one of the smallest tasks of Fargate ($23.64) below 70 million.
   */
  | { kind: 'lambda'; function: LambdaFunction };

export interface ApiGatewayCacheProps {
  logic: Logic;
  /** What it asks, in this order; it is let in at their default ports. */
  store: IConnectable;
  database: IConnectable;
  /** In us-east-1, of the scope CLOUDFRONT. */
  webAclArn: string;
  /** Beyond these API Gateway answers 429 itself. */
  throttle: { requestsPerSecond: number; burst: number };
}

/** The most that there is. */
const TIMEOUT = Duration.seconds(29);
/** For so long API Gateway remembers that a secret was right: about 9,000 calls of the authorizer a month, for nothing. */
const SECRET_REMEMBERED = Duration.minutes(5);

const HEADER = 'X-Origin-Secret';

/** client → CloudFront → API Gateway → logic → Redis or memcached → database: see README.md. */
export class ApiGatewayCache extends Construct {
  readonly distribution: Distribution;
  readonly api: HttpApi;

  constructor(scope: PlatformStack, id: string, props: ApiGatewayCacheProps) {
    super(scope, id);
    const { logic, store, database, webAclArn, throttle } = props;
    const asks = logic.kind === 'lambda' ? logic.function : logic.tasks;
    asks.connections.allowToDefaultPort(store, 'The cache');
    asks.connections.allowToDefaultPort(database, 'The database');
    const secret = new Secret(this, 'secret', {
      description: 'What CloudFront tells API Gateway',
      generateSecretString: { excludePunctuation: true, passwordLength: 48 },
    });
    acknowledge(
      secret,
      'AwsSolutions-SMG4',
      'CloudFront and the authorizer have to change it together, which is a deployment',
    );
    this.api = new HttpApi(this, 'api', {
      apiName: scope.name(id),
      // The stage below is the default one, with logs and throttling.
      createDefaultStage: false,
      defaultIntegration:
        logic.kind === 'lambda' ? this.#toFunction(logic.function) : this.#toListener(logic),
      defaultAuthorizer: new HttpLambdaAuthorizer('cloudfront', this.#authorizer(secret), {
        identitySource: [`$request.header.${HEADER.toLowerCase()}`],
        responseTypes: [HttpLambdaResponseType.SIMPLE],
        resultsCacheTtl: SECRET_REMEMBERED,
      }),
    });
    this.#stage(scope, throttle);
    this.distribution = this.#distribution(scope, id, secret, webAclArn);
  }

  #toFunction(handler: LambdaFunction): HttpRouteIntegration {
    return new HttpLambdaIntegration('function', handler, { timeout: TIMEOUT });
  }

  #toListener({ vpc, subnets, listener, port }: Extract<Logic, { kind: 'vpc-link' }>): HttpRouteIntegration {
    const group = new SecurityGroup(this, 'link', {
      vpc,
      description: 'API Gateway: it reaches the load balancer and nothing else',
      allowAllOutbound: false,
    });
    const [balancer] = listener.connections.securityGroups;
    group.addEgressRule(balancer!, port, 'The load balancer');
    // Here and not in the stack of the load balancer, which would have to wait for this one.
    new CfnSecurityGroupIngress(this, 'from-link', {
      groupId: balancer!.securityGroupId,
      sourceSecurityGroupId: group.securityGroupId,
      description: 'API Gateway',
      ...(port.toRuleJson() as { ipProtocol: string; fromPort: number; toPort: number }),
    });
    return new HttpAlbIntegration('listener', listener, {
      vpcLink: new VpcLink(this, 'vpc-link', { vpc, subnets, securityGroups: [group] }),
      timeout: TIMEOUT,
      // It has done its work.
      parameterMapping: new ParameterMapping().removeHeader(HEADER),
    });
  }

  #authorizer(secret: Secret): NodeFunction {
    return new NodeFunction(this, 'authorizer', {
      entry: new URL('authorizer.ts', import.meta.url),
      memorySize: 128,
      timeout: Duration.seconds(5),
      environment: { ORIGIN_SECRET: secret.secretValue.unsafeUnwrap() },
    });
  }

  #stage(scope: PlatformStack, { requestsPerSecond, burst }: ApiGatewayCacheProps['throttle']): void {
    new HttpStage(this, 'stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: requestsPerSecond, burstLimit: burst },
      detailedMetricsEnabled: true,
      accessLogSettings: {
        destination: new LogGroupLogDestination(this.#logs(scope, 'logs')),
        format: AccessLogFormat.custom(JSON.stringify(ACCESS_LOG)),
      },
    });
  }

  #logs(scope: PlatformStack, id: string): LogGroup {
    return new LogGroup(this, id, {
      retention: retention(scope.parameters),
      removalPolicy: removal(scope.parameters),
    });
  }

  #distribution(scope: PlatformStack, id: string, secret: Secret, webAclId: string): Distribution {
    const { region } = Stack.of(this);
    const distribution = new Distribution(this, 'distribution', {
      comment: scope.name(id),
      webAclId,
      httpVersion: HttpVersion.HTTP2_AND_3,
      errorResponses: NO_ERROR_KEPT,
      defaultBehavior: {
        origin: new HttpOrigin(`${this.api.apiId}.execute-api.${region}.amazonaws.com`, {
          protocolPolicy: OriginProtocolPolicy.HTTPS_ONLY,
          originSslProtocols: [OriginSslPolicy.TLS_V1_2],
          customHeaders: { [HEADER]: secret.secretValue.unsafeUnwrap() },
        }),
        viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        allowedMethods: AllowedMethods.ALLOW_ALL,
        compress: false,
        cachePolicy: cacheBy(scope, id, {
          comment: 'What the logic lets be shared, by caller and query',
          queries: CacheQueryStringBehavior.all(),
        }),
        originRequestPolicy: askedByKey(scope, id),
      },
    });
    acknowledge(distribution, 'AwsSolutions-CFR1', 'countries are blocked in the web ACL');
    acknowledge(
      distribution,
      'AwsSolutions-CFR3',
      'the web ACL logs each request, and API Gateway each that gets there',
    );
    acknowledge(
      distribution,
      'AwsSolutions-CFR4',
      "under CloudFront's own name it has CloudFront's certificate, and with it its protocols",
    );
    return distribution;
  }
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html */
const ACCESS_LOG = {
  requestId: '$context.requestId',
  time: '$context.requestTimeEpoch',
  method: '$context.httpMethod',
  path: '$context.path',
  status: '$context.status',
  bytes: '$context.responseLength',
  milliseconds: '$context.responseLatency',
  logicMilliseconds: '$context.integrationLatency',
  error: '$context.error.message',
  logicError: '$context.integrationErrorMessage',
};
