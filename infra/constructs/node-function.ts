import { Duration } from 'aws-cdk-lib';
import { Role, ServicePrincipal, type PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Architecture, Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction, OutputFormat, type NodejsFunctionProps } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { fileURLToPath } from 'node:url';
import { removal, retention } from './keeping.ts';
import { PlatformStack } from './platform-stack.ts';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

type Given =
  | 'description'
  | 'environment'
  | 'memorySize'
  | 'timeout'
  | 'retryAttempts'
  | 'maxEventAge'
  | 'onFailure';

export interface NodeFunctionProps extends Pick<NodejsFunctionProps, Given> {
  /** A file of TypeScript that exports `handler`. */
  entry: URL;
  /** What it may do besides writing its log. */
  statements?: readonly PolicyStatement[];
}

/** A function of ours on Graviton, with a log that ends, and a role that may do nothing else than it is told. */
export class NodeFunction extends NodejsFunction {
  constructor(scope: Construct, id: string, { entry, statements = [], ...props }: NodeFunctionProps) {
    const { parameters } = PlatformStack.of(scope);
    const logGroup = new LogGroup(scope, `${id}-logs`, {
      retention: retention(parameters),
      removalPolicy: removal(parameters),
    });
    const role = new Role(scope, `${id}-role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    super(scope, id, {
      memorySize: 256,
      timeout: Duration.seconds(30),
      ...props,
      entry: fileURLToPath(entry),
      handler: 'handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      role,
      logGroup,
      depsLockFilePath: path('../../package-lock.json'),
      projectRoot: path('../..'),
      bundling: {
        format: OutputFormat.ESM,
        target: 'node24',
        // The runtime has the SDK.
        externalModules: ['@aws-sdk/*'],
        // For packages that are CommonJS: what they require by name at run time.
        banner:
          "import { createRequire as createBundleRequire } from 'node:module'; const require = createBundleRequire(import.meta.url);",
        sourceMap: false,
        forceDockerBundling: false,
      },
    });
    for (const statement of statements) this.addToRolePolicy(statement);
  }
}
