import { Duration } from 'aws-cdk-lib';
import {
  Role,
  ServicePrincipal,
  type PolicyStatement,
  type IGrantable,
  type IPrincipal,
} from 'aws-cdk-lib/aws-iam';
import { Architecture, Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Provider } from 'aws-cdk-lib/custom-resources';
import { Construct } from 'constructs';
import { fileURLToPath } from 'node:url';
import { acknowledge } from './acknowledge.ts';
import { removal, retention } from './keeping.ts';
import type { PlatformStack } from './platform-stack.ts';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

/** A function of ours, out of handlers/, that answers CloudFormation about a kind of custom resource. */
export class Handler extends Construct implements IGrantable {
  readonly serviceToken: string;
  readonly grantPrincipal: IPrincipal;

  constructor(scope: PlatformStack, id: string, file: string, statements: readonly PolicyStatement[]) {
    super(scope, id);
    const logGroup = (name: string) =>
      new LogGroup(this, name, {
        retention: retention(scope.parameters),
        removalPolicy: removal(scope.parameters),
      });
    const role = new Role(this, 'role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    });
    const logs = logGroup('logs');
    logs.grantWrite(role);
    const handler = new NodejsFunction(this, 'function', {
      entry: path(`../handlers/${file}`),
      handler: 'handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: 256,
      timeout: Duration.minutes(5),
      role,
      logGroup: logs,
      depsLockFilePath: path('../../package-lock.json'),
      projectRoot: path('../..'),
      bundling: {
        format: OutputFormat.ESM,
        target: 'node24',
        // The runtime has the SDK.
        externalModules: ['@aws-sdk/*'],
        sourceMap: false,
        forceDockerBundling: false,
      },
    });
    for (const statement of statements) handler.addToRolePolicy(statement);
    const provider = new Provider(this, 'provider', {
      onEventHandler: handler,
      logGroup: logGroup('provider-logs'),
    });
    acknowledge(
      provider,
      'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]',
      'made by the CDK: it writes its log and calls one function',
    );
    acknowledge(provider, 'AwsSolutions-L1', "the runtime of the CDK's provider comes with the CDK");
    this.serviceToken = provider.serviceToken;
    this.grantPrincipal = handler.grantPrincipal;
  }
}
