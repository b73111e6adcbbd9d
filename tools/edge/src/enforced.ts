import type { EnforcedAcl, EnforcedDistribution, EnforcedNetworkAcl } from '@groundwork/aws-sandbox';
import type { Component, Logger } from '@groundwork/service';
import type { Client, CountryOf } from './client.ts';
import { compileAcl, type Verdict } from './compile-acl.ts';
import { follow } from './follow.ts';
import { hasGeoRestriction, hasNetworkAcl, webAclScopeOf, type Judges, type Topology } from './gates.ts';
import { compileGeoRestriction, type GeoVerdict } from './geo-restriction.ts';
import { compileNetworkAcl, type Denial } from './network-acl.ts';

export interface EnforcedOptions {
  topology: Topology;
  /** Of the sandbox, which holds what AWS would; without it nothing is enforced. */
  sandboxUrl?: string | undefined;
  webAclName: string;
  /** Id or alias. */
  distribution: string;
  /** Id or `Name` tag. */
  networkAcl: string;
  /** Of the ALB or the subnets. */
  region: string;
  countryOf: CountryOf;
  logger: Logger;
}

/** What a topology enforces of what the sandbox holds. */
export interface Enforced extends Judges {
  components: readonly Component[];
  /** What denies a connection from this address, if anything does. */
  network: (address: string) => Denial | undefined;
}

export function createEnforced(options: EnforcedOptions): Enforced {
  const { topology, sandboxUrl, region, countryOf, logger } = options;
  const components: Component[] = [];
  const following = <Document extends { version: string }, T>(
    name: string,
    path: readonly string[] | undefined,
    compile: (document: Document) => T,
  ): (() => T | undefined) => {
    if (path === undefined || sandboxUrl === undefined) return () => undefined;
    const url = `${sandboxUrl}/_sandbox/${path.map(encodeURIComponent).join('/')}`;
    const followed = follow({ name, url, compile, logger });
    components.push(followed);
    return followed.current;
  };

  const scope = webAclScopeOf(topology);
  const webAcl = following<EnforcedAcl, (client: Client) => Verdict>(
    'web ACL',
    scope && ['web-acls', scope, scope === 'CLOUDFRONT' ? 'us-east-1' : region, options.webAclName],
    (acl) => compileAcl(acl, countryOf),
  );
  const distribution = following<EnforcedDistribution, (address: string) => GeoVerdict>(
    'distribution',
    hasGeoRestriction(topology) ? ['distributions', options.distribution] : undefined,
    (one) => compileGeoRestriction(one, countryOf),
  );
  const networkAcl = following<EnforcedNetworkAcl, (address: string) => Denial | undefined>(
    'network ACL',
    hasNetworkAcl(topology) ? ['network-acls', region, options.networkAcl] : undefined,
    compileNetworkAcl,
  );
  return {
    components,
    waf: (client) => webAcl()?.(client),
    geo: (address) => distribution()?.(address),
    network: (address) => networkAcl()?.(address),
  };
}
