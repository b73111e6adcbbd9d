import { z } from 'zod';
import { parseYamlFile } from '../yaml-file.ts';
import { CloudFrontGeoTarget, checkCloudFrontGeo } from './cloudfront-geo.ts';
import { CLOUDFRONT_REGION, type Complain } from './common.ts';
import { checkNetworkAcl, NetworkAclTarget } from './network-acl.ts';
import { checkSecurityGroup, SecurityGroupTarget } from './security-group.ts';
import { checkWafIpSet, scopeOf, WafIpSetTarget } from './waf-ip-set.ts';

const Target = z.discriminatedUnion('kind', [
  WafIpSetTarget,
  NetworkAclTarget,
  CloudFrontGeoTarget,
  SecurityGroupTarget,
]);
export type Target = z.infer<typeof Target>;

const targetFile = (region: string) =>
  z.strictObject({ targets: z.array(Target).default([]) }).superRefine(({ targets }, ctx) => {
    for (const [i, target] of targets.entries()) {
      const complain: Complain = (path, message) =>
        ctx.addIssue({ code: 'custom', path: ['targets', i, path], message });
      const before = targets.slice(0, i);
      if (before.some(({ name }) => name === target.name)) complain('name', `${target.name} is there twice`);
      check(target, complain);
      const [path, name, owned] = ownedBy(target, region);
      if (before.some((one) => ownedBy(one, region)[2] === owned)) {
        complain(path, `${name} belongs to another target`);
      }
    }
  });

function check(target: Target, complain: Complain): void {
  switch (target.kind) {
    case 'waf-ip-set':
      return checkWafIpSet(target, complain);
    case 'network-acl':
      return checkNetworkAcl(target, complain);
    case 'cloudfront-geo':
      return checkCloudFrontGeo(target, complain);
    case 'security-group':
      return checkSecurityGroup(target, complain);
  }
}

/** What a target writes, which no other may: by which setting, its name, and everything that tells it from others. */
function ownedBy(target: Target, region: string): [path: string, name: string, owned: string] {
  const own = (path: string, name: string, scope = ''): [string, string, string] => [
    path,
    name,
    [target.kind, regionOf(target, region), scope, name].join(' '),
  ];
  switch (target.kind) {
    case 'waf-ip-set':
      return own('ruleGroup', target.ruleGroup, scopeOf(target));
    case 'network-acl':
      return own('networkAcl', target.networkAcl);
    case 'cloudfront-geo':
      return own('distribution', target.distribution);
    case 'security-group':
      return own('securityGroup', target.securityGroup);
  }
}

/** Where a target is managed, for a service in a region. */
export function regionOf(target: Target, region: string): string {
  if (target.kind === 'cloudfront-geo') return CLOUDFRONT_REGION;
  if (target.kind === 'waf-ip-set' && scopeOf(target) === 'CLOUDFRONT') return CLOUDFRONT_REGION;
  return target.region ?? region;
}

/** Reads a target file, for a service in a region. Throws an Error that names everything that is wrong with it. */
export function parseTargets(yaml: string, region = CLOUDFRONT_REGION): Target[] {
  return parseYamlFile('targets', yaml, targetFile(region)).targets;
}
