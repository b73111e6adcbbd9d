import type { Json, Properties } from '../model.ts';
import { REGION } from './cloud.ts';

/** The same, of each part. */
export function resolveAll(json: Json, value: (json: Json) => string): Json {
  if (Array.isArray(json)) return json.map((one) => resolveAll(one, value));
  if (typeof json !== 'object' || json === null) return json;
  const isReference = Object.keys(json).some((key) => key === 'Ref' || key.startsWith('Fn::'));
  if (isReference) return value(json);
  return Object.fromEntries(Object.entries(json).map(([key, one]) => [key, resolveAll(one, value)]));
}

/** What an expression of a template comes to. */
export function resolve(
  json: Json,
  ids: ReadonlyMap<string, string>,
  attributes: ReadonlyMap<string, string>,
): string {
  if (typeof json !== 'object' || json === null) return String(json ?? '');
  const again = (one: Json): string => resolve(one, ids, attributes);
  const { Ref: ref, 'Fn::GetAtt': attribute, 'Fn::Join': join, 'Fn::Base64': base64 } = json as Properties;
  if (typeof ref === 'string') return ids.get(ref) ?? (ref === 'AWS::Region' ? REGION : ref);
  if (Array.isArray(attribute)) {
    const name = attribute.map(String).join('.');
    return attributes.get(name) ?? name;
  }
  if (Array.isArray(join)) {
    const [between, parts] = join as [string, Json[]];
    return parts.map(again).join(between);
  }
  if (base64 !== undefined) return Buffer.from(again(base64)).toString('base64');
  throw new Error(`The drill does not know what ${JSON.stringify(json)} comes to`);
}
