import { EC2Client } from '@aws-sdk/client-ec2';
import { startReferee, whyMissing } from '@groundwork/aws-sandbox/testing';
import { describe, expect, it } from 'vitest';
import { readFacts } from '../../../src/catalogue/ec2-facts.ts';
import { catalogue } from '../support.ts';

const venv = process.env['TEST_PYTHON'];
const missing = whyMissing('moto', venv);

describe(`Facts as moto tells them, which has them from EC2${missing === undefined ? '' : ` (left out: ${missing})`}`, () => {
  it.skipIf(missing !== undefined)('are read as the table has them', { timeout: 60_000 }, async () => {
    const moto = await startReferee('moto', venv);
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    const ec2 = new EC2Client({ region: 'us-east-1', endpoint: moto.endpoint, credentials });
    try {
      const patterns = [
        'c8g.*',
        'hpc7g.*',
        'c4.8xlarge',
        'm4.16xlarge',
        'p5.48xlarge',
        'i4i.32xlarge',
        'c6in.32xlarge',
      ];
      const facts = new Map((await readFacts(ec2, patterns)).map((one) => [one.type, one]));
      const known = catalogue.instances.types.filter(({ type }) => facts.has(type));
      expect(known.length).toBeGreaterThan(10);
      for (const { usdPerHour: _, ...row } of known) expect(facts.get(row.type)).toEqual(row);
    } finally {
      ec2.destroy();
      await moto.stop();
    }
  });
});
