import { pathToFileURL } from 'node:url';
import { EC2Client } from '@aws-sdk/client-ec2';
import { PricingClient } from '@aws-sdk/client-pricing';
import { refreshTable } from './refresh-table.ts';

/** Where the price list of all regions is served. */
const PRICING_REGION = 'us-east-1';

// node src/catalogue/refresh.ts [region] [folder]
// Endpoint and credentials are the SDK's own settings, as AWS_ENDPOINT_URL and AWS_PROFILE.
const [, , region = 'us-east-1', where] = process.argv;
const folder =
  where === undefined ? new URL('../../catalogue/', import.meta.url) : pathToFileURL(`${where}/`);
const ec2 = new EC2Client({ region });
const pricing = new PricingClient({ region: PRICING_REGION });
try {
  process.stdout.write(await refreshTable({ folder, region, ec2, pricing, now: new Date() }));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  ec2.destroy();
  pricing.destroy();
}
