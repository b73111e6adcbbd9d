/** Of each, by index, those that it waits for. */
type Parents = readonly (readonly (number | undefined)[])[];

/** Of a circle; nobody reads a thousand. */
const NAMED = 10;

/** Those first that others wait for (Kahn 1962); or some that wait for each other, each for the one after it. */
export function inOrder(parents: Parents): { parentsFirst: number[] } | { circle: number[] } {
  const waiting = parents.map((of) => of.filter((one) => one !== undefined).length);
  const children = new Map<number, number[]>();
  parents.forEach((of, index) => {
    for (const one of of) if (one !== undefined) children.set(one, [...(children.get(one) ?? []), index]);
  });
  const order = waiting.flatMap((count, index) => (count === 0 ? [index] : []));
  for (let at = 0; at < order.length; at += 1) {
    for (const child of children.get(order[at]!) ?? []) {
      waiting[child]! -= 1;
      if (waiting[child] === 0) order.push(child);
    }
  }
  return order.length === parents.length ? { parentsFirst: order } : { circle: circleIn(parents, waiting) };
}

/** Each that still waits has a parent that does: whoever follows those comes round. */
function circleIn(parents: Parents, waiting: readonly number[]): number[] {
  const seen: number[] = [];
  let at = waiting.findIndex((count) => count > 0);
  while (!seen.includes(at)) {
    seen.push(at);
    at = parents[at]!.find((one) => one !== undefined && waiting[one]! > 0)!;
  }
  return seen.slice(seen.indexOf(at));
}

/** x waits for y, y for x: a sentence without its end. */
export function circleText(names: readonly string[]): string {
  if (names.length === 1) return `${names[0]} waits for itself`;
  const named =
    names.length > NAMED ? [...names.slice(0, NAMED), `${names.length - NAMED} more`] : [...names];
  return `${named.join(', ')} wait for each other in a circle, each for the one after it`;
}
