import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Model, Resource } from '../model.ts';
import { SERVICES, type ServiceName } from '../parameters.ts';
import { ROUTES } from '../routes.ts';
import { plausible } from './plausible.ts';
import { modelOf, VARIANTS } from './stage.ts';

interface Container {
  Name: string;
  Environment?: { Name: string; Value: unknown }[];
  Secrets?: { Name: string }[];
  PortMappings?: { ContainerPort: number }[];
}

const app = (name: ServiceName): string => fileURLToPath(new URL(`../../apps/${name}/`, import.meta.url));
/** What secrets hold once they are filled. */
const SECRETS: Record<string, string> = {
  DATABASE_URL:
    'postgres://blocklist:secret@db.cluster-abc.us-east-1.rds.amazonaws.com:5432/blocklist?sslmode=verify-full',
  API_KEYS: '[]',
};

describe.each(VARIANTS)('with %s', (_what, stage, change) => {
  let model: Model;
  beforeAll(() => {
    model = modelOf(stage, change);
  });

  function containerOf(name: ServiceName): { container: Container; from: Resource } {
    const all = model.resources
      .filter(({ type }) => type === 'AWS::ECS::TaskDefinition')
      .map((from) => ({
        from,
        container: (from.properties['ContainerDefinitions'] as unknown as Container[])[0]!,
      }));
    return all.find(({ container }) => container.Name === name)!;
  }

  const environmentOf = (name: ServiceName): Record<string, string> => {
    const { container, from } = containerOf(name);
    const given = (container.Environment ?? []).map(({ Name, Value }) => [
      Name,
      plausible(model, from, Value),
    ]);
    const secret = (container.Secrets ?? []).map(({ Name }) => [Name, SECRETS[Name]]);
    return Object.fromEntries([...given, ...secret]) as Record<string, string>;
  };

  it.each(SERVICES)('%s, as it is built, finds its environment valid', (name) => {
    const main = `${app(name)}dist/main.js`;
    if (!existsSync(main)) throw new Error(`there is no ${main}: npm run build`);
    const { status, stderr, stdout } = spawnSync(process.execPath, [main, '--check-config'], {
      env: { PATH: process.env['PATH'], ...environmentOf(name) },
      encoding: 'utf8',
    });
    expect(`${stdout}${stderr}`).toContain('The configuration is valid.');
    expect(status).toBe(0);
  });

  it.each(SERVICES)('%s knows every setting it is given', (name) => {
    const known = [...readFileSync(`${app(name)}README.md`, 'utf8').matchAll(/^\| `([A-Z0-9_]+)`/gm)].map(
      ([, one]) => one,
    );
    expect(known).toEqual(expect.arrayContaining(Object.keys(environmentOf(name))));
  });

  it.each(SERVICES)('%s listens where the load balancer calls it', (name) => {
    const { container } = containerOf(name);
    expect(container.PortMappings).toEqual([expect.objectContaining({ ContainerPort: ROUTES[name].port })]);
    expect(environmentOf(name)['PORT']).toBe(String(ROUTES[name].port));
    const { properties } = model.resources.find(
      ({ type, properties: { Name } }) =>
        type === 'AWS::ElasticLoadBalancingV2::TargetGroup' && Name === `groundwork-${stage}-${name}`,
    )!;
    expect(properties['Port']).toBe(ROUTES[name].port);
  });
});
