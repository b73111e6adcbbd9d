import { z } from 'zod';
import { parseYamlFile } from '../yaml-file.ts';
import { PathPattern } from './path-pattern.ts';

/** Without what no path has in it: such a pattern was meant as a regular expression, or with a query. */
const Pattern = z
  .string()
  .max(200)
  .regex(
    /^[/*][^\s?#^|\\[\]{}]*$/,
    'must be a path as /login, /wp-* or /admin/**, and is no regular expression',
  )
  .transform((text) => new PathPattern(text));

/** One is a list of one. */
const Paths = z.preprocess((paths) => (typeof paths === 'string' ? [paths] : paths), z.array(Pattern).min(1));

const LogRule = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,47}$/, 'must be lower-case letters, digits and dashes'),
  log: z.enum(['alb', 'waf']),
  /** All of what is named must be so; of a list, one. */
  match: z
    .strictObject({
      status: z.array(z.int().min(0).max(599)).min(1).optional(),
      method: z.array(z.string()).min(1).optional(),
      path: Paths.optional(),
      /** Of WAF: ALLOW, BLOCK, COUNT, CAPTCHA, CHALLENGE. */
      action: z.array(z.string()).min(1).optional(),
    })
    .prefault({}),
  /** So many such requests … */
  threshold: z.int().min(1).max(1_000_000),
  /** … within such a window block the client … */
  windowSeconds: z.int().min(1).max(86_400),
  /** … for so long. */
  ttlSeconds: z.int().min(1).max(315_360_000),
  confidence: z.int().min(0).max(100).default(80),
  /** A client with IPv6 has a whole network, usually a /64. */
  ipv6Prefix: z.int().min(32).max(128).default(64),
});
export type LogRule = z.infer<typeof LogRule>;

const RuleFile = z
  .strictObject({ rules: z.array(LogRule).max(50).default([]) })
  .superRefine(({ rules }, ctx) => {
    for (const [i, { name, log, match }] of rules.entries()) {
      if (log === 'alb' && match.action !== undefined) {
        const message = 'an ALB takes no action: only the log waf has one';
        ctx.addIssue({ code: 'custom', path: ['rules', i, 'match', 'action'], message });
      }
      if (rules.findIndex((rule) => rule.name === name) !== i) {
        ctx.addIssue({ code: 'custom', path: ['rules', i, 'name'], message: `${name} is there twice` });
      }
    }
  });

/** Reads a file of rules about access logs. Throws an Error that names everything that is wrong with it. */
export function parseLogRules(yaml: string): LogRule[] {
  return parseYamlFile('log rules', yaml, RuleFile).rules;
}
