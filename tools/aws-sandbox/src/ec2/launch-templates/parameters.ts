import { LAUNCH_PARAMETERS } from '../instances/launch-spec.ts';
import type { Items } from '../items.ts';
import { Params } from '../params.ts';
import { requireTemplate, versionOf, type TemplateReference } from './reference.ts';

const OF_CALL = ['SubnetId', 'LaunchTemplate', 'MinCount', 'MaxCount', 'ClientToken'];
/** What a template says of these is added to. */
const ADDED = 'TagSpecification';

/** What a template says, as if RunInstances had said it; where the call says something itself, that counts. */
export function templateParameters(
  items: Items,
  region: string,
  reference: TemplateReference,
  call?: Params,
): Params {
  const template = requireTemplate(items, region, reference);
  const { data } = versionOf(template, reference.version);
  const own = call?.within('') ?? {};
  const said = new Set(Object.keys(own).map(topOf));
  said.delete(ADDED);
  const kept = Object.entries(data).filter(([name]) => !said.has(topOf(name)));
  const merged = { ...Object.fromEntries(kept), ...behind(data, own) };
  return new Params('RunInstances', new URLSearchParams(merged), [...LAUNCH_PARAMETERS, ...OF_CALL]);
}

/** Tags of the call come after those of the template, under numbers of their own. */
function behind(data: Record<string, string>, own: Record<string, string>): Record<string, string> {
  const taken = Object.keys(data)
    .filter((name) => topOf(name) === ADDED)
    .map((name) => Number(name.split('.')[1]));
  const offset = Math.max(0, ...taken);
  return Object.fromEntries(
    Object.entries(own).map(([name, value]) => {
      const [top, number, ...rest] = name.split('.');
      return top === ADDED ? [[top, Number(number) + offset, ...rest].join('.'), value] : [name, value];
    }),
  );
}

const topOf = (name: string): string => name.split('.')[0] ?? '';
