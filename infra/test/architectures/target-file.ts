import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { text, type Json, type Model, type Resource } from '../../model.ts';

const READER = fileURLToPath(
  new URL('../../../apps/ip-blocklist/src/domain/target-file/target-file.ts', import.meta.url),
);

/** The file that a stack tells ip-blocklist, read by what ip-blocklist reads it with. Throws what that says. */
export function targetsOf(template: object): Record<string, unknown>[] {
  const { Outputs = {} } = template as { Outputs?: Record<string, { Value: Json }> };
  const found = Object.entries(Outputs).filter(([id]) => id.includes('targets'));
  if (found.length !== 1) throw new Error(`${found.length} outputs are called targets`);
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      '--input-type=module',
      '--eval',
      `import { parseTargets } from ${JSON.stringify(READER)};
       console.log(JSON.stringify(parseTargets(process.argv[1])));`,
      '--',
      deployed(found[0]![1].Value),
    ],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Record<string, unknown>[];
}

/** What is not known before is its name in the template. */
function deployed(value: Json): string {
  if (typeof value === 'string') return value;
  const { 'Fn::Join': join, Ref: ref, 'Fn::GetAtt': attribute } = value as Record<string, Json>;
  if (Array.isArray(join)) return (join[1] as Json[]).map(deployed).join(text(join[0]));
  if (Array.isArray(attribute)) return text(attribute[0]);
  return text(ref);
}

const said = (value: Json | undefined): string => JSON.stringify(value);

/** From and to whom the group is open, and how, wherever that is written down. */
export function rulesOf(model: Model, group: Resource, direction: 'Ingress' | 'Egress'): string[] {
  const separate = model.resources
    .filter(({ type }) => type === `AWS::EC2::SecurityGroup${direction}`)
    .filter((one) => model.references(one, 'GroupId').includes(group))
    .map(({ properties }) => properties);
  const inline = (group.properties[`SecurityGroup${direction}`] ?? []) as Resource['properties'][];
  return [...separate, ...inline].map((rule) => {
    const { CidrIp, IpProtocol, FromPort, ToPort } = rule;
    const peer =
      CidrIp ??
      rule['CidrIpv6'] ??
      rule['SourcePrefixListId'] ??
      rule[direction === 'Ingress' ? 'SourceSecurityGroupId' : 'DestinationSecurityGroupId'] ??
      null;
    const whom =
      typeof peer === 'string' ? peer : (model.within(group, peer)[0]?.path ?? JSON.stringify(peer));
    const ports = FromPort === ToPort ? said(FromPort) : `${said(FromPort)}-${said(ToPort)}`;
    return `${whom} ${IpProtocol === '-1' ? 'all' : `${text(IpProtocol)} ${ports}`}`;
  });
}
