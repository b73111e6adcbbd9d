import { databaseSettings } from '@groundwork/database';
import {
  authSettings,
  awsSettings,
  checkAuthSettings,
  httpSettings,
  integerSetting,
  listSetting,
  processSettings,
  setting,
} from '@groundwork/service';
import { z } from 'zod';
import { parseProtectedRange } from './domain/protected-ranges.ts';
import { parseTargets } from './domain/target-file/target-file.ts';

export const Config = z
  .object({
    ...processSettings,
    ...httpSettings(3001),
    ...authSettings,
    ...databaseSettings,
    ...awsSettings,
    PROTECTED_RANGES: setting(listSetting().default([]), {
      description:
        'Addresses that no block may cover unless it is forced, comma-separated, with or without a name',
      example: 'office=203.0.113.0/24,2001:db8::/48',
    }),
    LEASE_SECONDS: setting(integerSetting({ min: 2, max: 300 }).default(15), {
      description: 'How soon another instance takes over from a leader that has died, in seconds',
      example: '15',
    }),
    DISCOVER_PROTECTED: setting(z.enum(['ec2', 'off']).default('off'), {
      description:
        'ec2: nothing of our own in EC2 can be blocked either: VPCs, Elastic IPs, NAT gateways, load balancers, what CloudFront calls from',
      example: 'ec2',
    }),
    DISCOVER_EVERY_SECONDS: setting(integerSetting({ min: 10, max: 86_400 }).default(300), {
      description: 'How often EC2 is asked what there is of our own, in seconds',
      example: '300',
    }),
    TARGETS: setting(z.string().optional(), {
      description:
        'YAML file with where blocks are enforced, or an s3:// address of one; without any the list is only kept',
      example: 's3://my-config/targets.yaml',
    }),
    TARGETS_YAML: setting(z.string().optional(), {
      description: 'The same, inline',
      example: 'targets: [{ name: cdn, kind: waf-ip-set, topology: cloudfront-waf-alb }]',
    }),
  })
  .superRefine((config, ctx) => {
    checkAuthSettings(config, ctx);
    if (config.TARGETS_YAML !== undefined) {
      try {
        parseTargets(config.TARGETS_YAML, config.AWS_REGION);
      } catch (error) {
        ctx.addIssue({ code: 'custom', path: ['TARGETS_YAML'], message: (error as Error).message });
      }
    }
    for (const text of config.PROTECTED_RANGES) {
      try {
        parseProtectedRange(text);
      } catch (error) {
        ctx.addIssue({ code: 'custom', path: ['PROTECTED_RANGES'], message: (error as Error).message });
      }
    }
  });
