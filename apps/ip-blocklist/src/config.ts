import { databaseSettings } from '@groundwork/database';
import { parse } from '@groundwork/ip-ranges';
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
import { parseLogRules } from './domain/access-logs/rule-file.ts';
import { parseFeeds } from './domain/feeds/feed-file.ts';
import { parseProtectedRange } from './domain/protected-ranges.ts';
import { parseTargets } from './domain/target-file/target-file.ts';
import { queueSettings } from './queue/settings.ts';

export const Config = z
  .object({
    ...processSettings,
    ...httpSettings(3001),
    ...authSettings('blocklist:write'),
    ...databaseSettings('blocklist'),
    ...awsSettings,
    ...queueSettings,
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
    FEEDS: setting(z.string().optional(), {
      description:
        'YAML file with the lists that are followed, or an s3:// address of one; without any none is',
      example: 's3://my-config/feeds.yaml',
    }),
    FEEDS_YAML: setting(z.string().optional(), {
      description: 'The same, inline',
      example:
        'feeds: [{ name: tor, url: "https://check.torproject.org/torbulkexitlist", format: plain, schedule: { every: 1h }, ttlSeconds: 3600 }]',
    }),
    FEEDS_ALLOW_PRIVATE: setting(listSetting().default([]), {
      description:
        'Networks that feeds may be fetched from although they are not public, on any port, comma-separated: mirrors of your own',
      example: '10.20.0.15/32',
    }),
  })
  .superRefine((config, ctx) => {
    checkAuthSettings(config, ctx);
    const check = (name: string, read: () => unknown): void => {
      try {
        read();
      } catch (error) {
        ctx.addIssue({ code: 'custom', path: [name], message: (error as Error).message });
      }
    };
    const { TARGETS_YAML, FEEDS_YAML, LOG_RULES_YAML } = config;
    if (TARGETS_YAML !== undefined) {
      check('TARGETS_YAML', () => parseTargets(TARGETS_YAML, config.AWS_REGION));
    }
    if (FEEDS_YAML !== undefined) check('FEEDS_YAML', () => parseFeeds(FEEDS_YAML));
    if (LOG_RULES_YAML !== undefined) check('LOG_RULES_YAML', () => parseLogRules(LOG_RULES_YAML));
    for (const text of config.PROTECTED_RANGES) {
      check('PROTECTED_RANGES', () => parseProtectedRange(text));
    }
    for (const text of config.FEEDS_ALLOW_PRIVATE) {
      const parsed = parse(text);
      if (!parsed.ok) {
        ctx.addIssue({ code: 'custom', path: ['FEEDS_ALLOW_PRIVATE'], message: parsed.problem.message });
      }
    }
  });
