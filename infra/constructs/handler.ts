import { Duration } from 'aws-cdk-lib';
import type { IGrantable, IPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Provider } from 'aws-cdk-lib/custom-resources';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import { removal, retention } from './keeping.ts';
import { NodeFunction } from './node-function.ts';
import type { PlatformStack } from './platform-stack.ts';

/** A function of ours, out of handlers/, that answers CloudFormation about a kind of custom resource. */
export class Handler extends Construct implements IGrantable {
  readonly serviceToken: string;
  readonly grantPrincipal: IPrincipal;

  constructor(scope: PlatformStack, id: string, file: string, statements: readonly PolicyStatement[]) {
    super(scope, id);
    const handler = new NodeFunction(this, 'function', {
      entry: new URL(`../handlers/${file}`, import.meta.url),
      timeout: Duration.minutes(5),
      statements,
    });
    const provider = new Provider(this, 'provider', {
      onEventHandler: handler,
      logGroup: new LogGroup(this, 'provider-logs', {
        retention: retention(scope.parameters),
        removalPolicy: removal(scope.parameters),
      }),
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
