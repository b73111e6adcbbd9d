import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { edgeOf } from './edge.ts';
import { DOMAIN } from './stage.ts';

const GEO = 'Custom::CurrentGeo';

/** With what the distribution is called once it is there. */
function targetsOf({ stacks }: ReturnType<typeof edgeOf>): unknown {
  const resolved: unknown = stacks.edge.resolve(stacks.edge.blocklistTargets);
  if (typeof resolved === 'string') return parse(resolved);
  const [, parts] = (resolved as { 'Fn::Join': [string, unknown[]] })['Fn::Join'];
  return parse(parts.map((part) => (typeof part === 'string' ? part : 'E2ABCDEF123456')).join(''));
}

describe('blocked in the web ACL', () => {
  const built = edgeOf({ edge: { geo: 'web-acl' } });

  it('the distribution turns no country away', () => {
    expect(built.config['Restrictions']).toBeUndefined();
    built.template.resourceCountIs(GEO, 0);
  });

  it('ip-blocklist is told of the rule group', () => {
    expect(targetsOf(built)).toEqual({
      targets: [
        {
          name: 'cdn',
          kind: 'waf-ip-set',
          topology: 'cloudfront-waf-alb',
          mode: 'auto',
          ruleGroup: 'groundwork-dev-blocklist',
        },
      ],
    });
    expect(built.stacks.edge.ruleGroupName).toBe('groundwork-dev-blocklist');
  });
});

describe('turned away by the distribution', () => {
  const built = edgeOf({ edge: { geo: 'distribution' } });
  const [[logicalId, resource] = []] = Object.entries(built.template.findResources(GEO));
  const properties = resource!['Properties'] as { Comment: string; Template: string; Values: object[] };
  const templateHash = (change: Parameters<typeof edgeOf>[0]): string =>
    Object.values(edgeOf(change).template.findResources(GEO))[0]!['Properties'].Template as string;

  it('they are what the distribution has when it is deployed, and never what a template says', () => {
    expect(built.config['Restrictions']).toEqual({
      GeoRestriction: {
        RestrictionType: { 'Fn::GetAtt': [logicalId, 'Type'] },
        Locations: { 'Fn::GetAtt': [logicalId, 'Locations'] },
      },
    });
  });

  it('the distribution is found by its comment', () => {
    expect(properties.Comment).toBe(built.config['Comment']);
  });

  it('they are asked for anew when the template of the distribution changes, and only then', () => {
    const geo = 'distribution' as const;
    expect(templateHash({ edge: { geo } })).toBe(properties.Template);
    expect(templateHash({ edge: { geo, requestsPerFiveMinutes: 5_000 } })).toBe(properties.Template);
    expect(templateHash({ edge: { geo, origin: 'public-alb', domain: DOMAIN } })).not.toBe(
      properties.Template,
    );
    expect(templateHash({ edge: { geo }, settings: { thumbnailer: { IMAGES_ACCESS: 'auth' } } })).not.toBe(
      properties.Template,
    );
  });

  it('they are asked for anew when something changes that the template refers to', () => {
    expect(properties.Values).toContainEqual(built.config['WebACLId']);
    const { DomainName, VpcOriginConfig } = built.at('/').origin as {
      DomainName: object;
      VpcOriginConfig: { VpcOriginId: object };
    };
    expect(properties.Values).toEqual(expect.arrayContaining([DomainName, VpcOriginConfig.VpcOriginId]));
    expect(JSON.stringify(properties.Values)).not.toContain(logicalId);
  });

  it('no secret is handed to the handler, whose log is no place for one', () => {
    const { template } = edgeOf({ edge: { geo: 'distribution', origin: 'public-alb', domain: DOMAIN } });
    expect(JSON.stringify(template.findResources(GEO))).not.toContain('{{resolve');
  });

  it('ip-blocklist is told of the distribution, and leaves countries out of the rule group', () => {
    expect(targetsOf(built)).toEqual({
      targets: [
        expect.objectContaining({ name: 'cdn', ruleGroup: 'groundwork-dev-blocklist', countries: 'leave' }),
        {
          name: 'countries',
          kind: 'cloudfront-geo',
          topology: 'cloudfront-waf-alb',
          mode: 'auto',
          distribution: 'E2ABCDEF123456',
        },
      ],
    });
  });
});
