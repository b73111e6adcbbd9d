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

  /** Refuses what is not `accepted`: a parameter that is ignored would answer another question than was asked. */
  constructor(action: string, values: URLSearchParams, accepted: readonly string[]) {
    this.action = action;
    this.#values = values;
    for (const name of values.keys()) {
      const top = name.split('.')[0] ?? '';
      if (top !== 'Action' && top !== 'Version' && !accepted.includes(top))
        throw notImplemented(`ec2:${action} with ${top}`);
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
    const specifications = this.#numbered((i) => {
      const type = this.text(`TagSpecification.${i}.ResourceType`);
      if (type === undefined) return undefined;
      if (type !== resourceType)
        throw ec2Error.invalid('ResourceType', type, `${this.action} makes ${resourceType} only.`);
      return this.#numbered((j) => {
        const key = this.text(`TagSpecification.${i}.Tag.${j}.Key`);
        const value = this.text(`TagSpecification.${i}.Tag.${j}.Value`) ?? '';
        return key === undefined ? undefined : { key, value };
      });
    });
    return specifications.flat();
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
