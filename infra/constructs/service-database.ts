import { CustomResource, Duration } from 'aws-cdk-lib';
import type { DatabaseCluster } from 'aws-cdk-lib/aws-rds';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import { removal } from './keeping.ts';
import type { PlatformStack } from './platform-stack.ts';
import type { Handler } from './handler.ts';

/** A database on the cluster, and a role that owns it and cannot enter those of others: see handlers/service-database.ts. */
export class ServiceDatabase extends Construct {
  /** JSON with username, password and url. */
  readonly secret: Secret;

  constructor(
    scope: PlatformStack,
    id: string,
    props: { name: string; replication: boolean; cluster: DatabaseCluster; handler: Handler },
  ) {
    super(scope, id);
    const { name, replication, cluster, handler } = props;
    this.secret = new Secret(this, 'secret', {
      secretName: `${scope.name('database')}/${name}`,
      description: `Role of ${name} in PostgreSQL: username, password, url`,
      generateSecretString: {
        secretStringTemplate: JSON.stringify({ username: name }),
        generateStringKey: 'password',
        excludePunctuation: true,
        passwordLength: 40,
      },
      removalPolicy: removal(scope.parameters),
    });
    acknowledge(
      this.secret,
      'AwsSolutions-SMG4',
      'a new password is put there by a deployment (docs/deploy.md): the role has it at the same moment',
    );
    this.secret.grantRead(handler);
    this.secret.grantWrite(handler);
    const database = new CustomResource(this, 'role', {
      resourceType: 'Custom::ServiceDatabase',
      serviceToken: handler.serviceToken,
      serviceTimeout: Duration.minutes(10),
      properties: {
        Name: name,
        Replication: String(replication),
        ClusterArn: cluster.clusterArn,
        AdminSecretArn: cluster.secret!.secretArn,
        SecretArn: this.secret.secretArn,
        Host: cluster.clusterEndpoint.hostname,
        Port: '5432',
        // Only so that it is asked again.
        Passwords: String(scope.parameters.database.passwords),
      },
    });
    // Until its first instance is there the cluster answers nothing.
    database.node.addDependency(cluster);
  }
}
