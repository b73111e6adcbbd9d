import { notImplemented } from '../http/aws-error.ts';
import { z, ZodError } from 'zod';
import { autoScalingError } from './error.ts';

type Node = { [name: string]: Node | string };

/**
 * The parameters of a call as one object: `Tags.member.1.Key=a` is `{Tags: [{Key: 'a'}]}`.
 * https://docs.aws.amazon.com/autoscaling/ec2/APIReference/making-api-requests.html
 */
export function readParams<S extends z.ZodType>(
  action: string,
  values: URLSearchParams,
  schema: S,
): z.output<S> {
  const root: Node = {};
  for (const [name, value] of values)
    if (name !== 'Action' && name !== 'Version') put(root, name.split('.'), value);
  try {
    return schema.parse(listed(root));
  } catch (error) {
    if (!(error instanceof ZodError)) throw error;
    throw refusal(action, error);
  }
}

/** What is ignored would do something else than was asked. */
function refusal(action: string, { issues }: ZodError): Error {
  const unknown = issues.find(({ code }) => code === 'unrecognized_keys');
  if (unknown !== undefined && 'keys' in unknown) {
    const path = [...unknown.path.filter((part) => typeof part === 'string'), ...unknown.keys].join('.');
    return notImplemented(`autoscaling:${action} with ${path}`);
  }
  const reasons = issues.map(
    ({ path, message }) =>
      `Value at '${path.map(lowerFirst).join('.')}' failed to satisfy constraint: ${message}`,
  );
  return autoScalingError.invalid(
    `${issues.length} validation error${issues.length === 1 ? '' : 's'} detected: ${reasons.join('; ')}`,
  );
}

const lowerFirst = (part: PropertyKey): string => {
  const text = String(part);
  return text.slice(0, 1).toLowerCase() + text.slice(1);
};

function put(node: Node, [first = '', ...rest]: string[], value: string): void {
  if (rest.length === 0) {
    node[first] = value;
    return;
  }
  const inside = node[first] ?? {};
  if (typeof inside === 'string') return;
  node[first] = inside;
  put(inside, rest, value);
}

/** An empty list is sent as a name without a value. */
function listed(node: Node | string): unknown {
  if (typeof node === 'string') return node;
  const { member, ...others } = node;
  if (typeof member === 'object' && Object.keys(others).length === 0) {
    return Object.entries(member)
      .toSorted(([a], [b]) => Number(a) - Number(b))
      .map(([, one]) => listed(one));
  }
  return Object.fromEntries(Object.entries(node).map(([name, value]) => [name, listed(value)]));
}

/** Types as they are on the wire. */
export const wire = {
  text: (max: number) => z.string().min(1).max(max),
  integer: (min: number, max: number) =>
    z
      .string()
      .regex(/^-?\d{1,9}$/, 'Expecting a whole number')
      .transform(Number)
      .pipe(z.number().min(min).max(max)),
  flag: () => z.enum(['true', 'false']).transform((value) => value === 'true'),
  list: <T extends z.ZodType>(of: T, max: number) =>
    z
      .literal('')
      .transform((): z.input<T>[] => [])
      .or(z.array(z.any()))
      .pipe(z.array(of).max(max)),
};
