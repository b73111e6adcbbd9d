import { DockerImage, Stack } from 'aws-cdk-lib';
import type { UserData } from 'aws-cdk-lib/aws-ec2';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exported, script, userDataOf } from '../../constructs/user-data/lines.ts';

export interface AgentProps {
  /** Where ip-blocklist is, from the hosts. */
  blocklistUrl: string;
  /** Its value is an API key with the scopes blocklist:read and blocklist:agent: `npm run api-key` makes one. */
  agentKey: ISecret;
  /** Networks that are never blocked on the host: your resolver, if it is not 169.254.169.253; your office. */
  alwaysAdmit?: readonly string[];
}

const path = (relative: string): string => fileURLToPath(new URL(`../../../${relative}`, import.meta.url));

/** CommonJS packages inside an ES module still call `require`. */
const REQUIRE =
  "import { createRequire as createBundleRequire } from 'node:module'; const require = createBundleRequire(import.meta.url);";

/** What makes an instance keep ip-blocklist's list in its own firewall. The role may fetch bundle and key, and no more. */
export function agentUserData(
  scope: Construct,
  role: Role,
  { blocklistUrl, agentKey, alwaysAdmit = [] }: AgentProps,
): UserData {
  const bundle = new Asset(scope, 'agent', {
    path: path('apps/ip-blocklist/src'),
    bundling: { image: NONE, local: { tryBundle } },
  });
  role.addToPolicy(
    new PolicyStatement({
      actions: ['s3:GetObject'],
      resources: [bundle.bucket.arnForObjects(bundle.s3ObjectKey)],
    }),
  );
  role.addToPolicy(
    new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: [agentKey.secretArn] }),
  );
  return userDataOf([
    ...exported({
      BLOCKLIST_URL: blocklistUrl,
      AGENT_BUNDLE: bundle.s3ObjectUrl,
      AGENT_KEY: agentKey.secretArn,
      ALWAYS_ADMIT: alwaysAdmit.join(','),
      AWS_REGION: Stack.of(scope).region,
    }),
    script(new URL('user-data.sh', import.meta.url)),
  ]);
}

/** Node is here anyway. */
const NONE = DockerImage.fromRegistry('scratch');

/** As tools/bundle does it, but not into the service's own dist/. */
function tryBundle(directory: string): boolean {
  execFileSync(path('node_modules/.bin/esbuild'), [
    path('apps/ip-blocklist/src/agent/main.ts'),
    `--outfile=${directory}/agent.js`,
    '--bundle',
    '--platform=node',
    '--target=node24',
    '--format=esm',
    '--log-level=warning',
    `--banner:js=${REQUIRE}`,
  ]);
  writeFileSync(join(directory, 'package.json'), '{ "type": "module" }\n');
  return true;
}
