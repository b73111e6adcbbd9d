import { notImplemented } from '../http/aws-error.ts';
import { ec2Error } from './error.ts';

export interface Tag {
  key: string;
  value: string;
}

export interface Filter {
  name: string;
  values: string[];
}

/**
 * Parameters of a call in EC2's query protocol: lists are numbered from 1, `Filter.1.Value.2=…`.
 * https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-requests.html
 */
export class Params {
  readonly action: string;
  readonly #values: URLSearchParams;

  /**
   * Refuses what is not `accepted`, be it as a whole (`Filter`) or as a member (`Placement.AvailabilityZone`): a parameter that is ignored
   * would answer another question than was asked.
   */
  constructor(action: string, values: URLSearchParams, accepted: readonly string[]) {
    this.action = action;
    this.#values = values;
    for (const name of values.keys()) {
      const top = name.split('.')[0] ?? '';
      if (top === 'Action' || top === 'Version' || accepted.includes(top)) continue;
      const member = memberOf(name);
      if (!accepted.includes(member)) throw notImplemented(`ec2:${action} with ${member}`);
    }
  }

  text(name: string): string | undefined {
    return this.#values.get(name) ?? undefined;
  }

  required(name: string): string {
    const value = this.text(name);
    if (value === undefined || value === '') throw ec2Error.missing(name);
    return value;
  }

  flag(name: string): boolean {
    const value = this.text(name) ?? 'false';
    if (value !== 'true' && value !== 'false')
      throw ec2Error.invalid(name, value, 'Expecting true or false.');
    return value === 'true';
  }

  /** A whole number within these bounds. */
  integer(name: string, min: number, max: number): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = /^-?\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= min && value <= max))
      throw ec2Error.invalid(name, text, `Expecting a whole number from ${min} to ${max}.`);
    return value;
  }

  oneOf<T extends string>(name: string, allowed: readonly T[], otherwise: T): T {
    const value = this.text(name) ?? otherwise;
    const found = allowed.find((one) => one === value);
    if (found === undefined) throw ec2Error.invalid(name, value, `Expecting ${allowed.join(' or ')}.`);
    return found;
  }

  list(name: string): string[] {
    return this.#numbered((i) => this.text(`${name}.${i}`));
  }

  /** Of a list of structures: what `read` makes of each, given how the names of its members begin. */
  structures<T>(name: string, read: (prefix: string) => T): T[] {
    const names = [...this.#values.keys()];
    return this.#numbered((i) => {
      const prefix = `${name}.${i}.`;
      return names.some((one) => one.startsWith(prefix)) ? read(prefix) : undefined;
    });
  }

  filters(): Filter[] {
    return this.#numbered((i) => {
      const name = this.text(`Filter.${i}.Name`);
      return name === undefined ? undefined : { name, values: this.list(`Filter.${i}.Value`) };
    });
  }

  /** Tags that a new resource of this type gets. */
  tags(resourceType: string): Tag[] {
    return this.tagsOf([resourceType]).flatMap(({ tags }) => tags);
  }

  /** Tags that what is made gets, where that can be of several types. */
  tagsOf(resourceTypes: readonly string[]): { type: string; tags: Tag[] }[] {
    return this.#numbered((i) => {
      const type = this.text(`TagSpecification.${i}.ResourceType`);
      if (type === undefined) return undefined;
      if (!resourceTypes.includes(type))
        throw ec2Error.invalid(
          'ResourceType',
          type,
          `${this.action} makes ${resourceTypes.join(', ')} only.`,
        );
      return { type, tags: this.tagList(`TagSpecification.${i}.Tag`) };
    });
  }

  tagList(name: string): Tag[] {
    return this.#numbered((i) => {
      const key = this.text(`${name}.${i}.Key`);
      return key === undefined ? undefined : { key, value: this.text(`${name}.${i}.Value`) ?? '' };
    });
  }

  /** All that is asked, but for the token: of two calls that are the same it is the same. */
  fingerprint(): string {
    const asked = [...this.#values].filter(([name]) => !['ClientToken', 'Action', 'Version'].includes(name));
    return JSON.stringify(asked.toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** Those whose names begin so, without that beginning. */
  within(prefix: string): Record<string, string> {
    const inside = [...this.#values].filter(([name]) => name.startsWith(prefix));
    return Object.fromEntries(inside.map(([name, value]) => [name.slice(prefix.length), value]));
  }

  #numbered<T>(read: (i: number) => T | undefined): T[] {
    const all: T[] = [];
    for (let i = 1; ; i += 1) {
      const one = read(i);
      if (one === undefined) return all;
      all.push(one);
    }
  }
}

/** `Filter.1.Value.2` is `Filter.Value`. */
const memberOf = (name: string): string =>
  name
    .split('.')
    .filter((part) => !/^\d+$/.test(part))
    .join('.');
