import { describe, expect, it } from 'vitest';
import { parseTargets, regionOf } from '../src/domain/target-file/target-file.ts';

const one = (text: string) => `targets: [{ name: cdn, kind: waf-ip-set, ${text} }]`;

describe('a target file', () => {
  it('needs only what cannot be guessed', () => {
    const [target] = parseTargets(one('topology: cloudfront-waf-alb'));
    expect(target).toMatchObject({ mode: 'auto', allows: 'exempt', whenFull: 'drop' });
    expect(parseTargets('')).toEqual([]);
  });

  it('says where it is managed', () => {
    const region = (text: string) => regionOf(parseTargets(one(text))[0]!, 'eu-central-1');
    expect(region('topology: cloudfront-waf-alb')).toBe('us-east-1');
    expect(region('topology: alb-waf')).toBe('eu-central-1');
    expect(region('topology: alb-waf, region: eu-west-1')).toBe('eu-west-1');
  });

  it.each([
    ['where there is no web ACL', one('topology: nlb'), 'targets.0.topology: in nlb there is no web ACL'],
    [
      'with a web ACL of CloudFront elsewhere',
      one('topology: cloudfront-waf-alb, region: eu-west-1'),
      'targets.0.region: web ACLs of CloudFront are managed in us-east-1',
    ],
    [
      'with more sets than a rule group may refer to',
      one('topology: alb-waf, maxSets: { ipv4: 40, ipv6: 9 }'),
      'targets.0.maxSets: a rule group refers to at most 50 IP sets',
    ],
    ['with a word that nobody knows', one('topology: alb-waf, mod: plan'), '"mod"'],
    ['that is not YAML', 'targets: [', 'The targets are not YAML'],
    [
      'with two targets of one name and one rule group',
      `targets:
  - { name: cdn, kind: waf-ip-set, topology: alb-waf }
  - { name: cdn, kind: waf-ip-set, topology: alb-waf }`,
      'targets.1.name: cdn is there twice\n  targets.1.ruleGroup: groundwork-blocklist belongs to another target',
    ],
  ])('%s is refused, and told why', (_name, yaml, message) => {
    expect(() => parseTargets(yaml)).toThrow(message);
  });
});
