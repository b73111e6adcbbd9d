import { randomBytes } from 'node:crypto';
import { Sql, type Database } from '../state.ts';
import type { Tag } from './params.ts';

export const ACCOUNT = '000000000000';

interface Item {
  id: string;
  tags: Tag[];
}

/** A CIDR block of a VPC. */
export interface Association {
  id: string;
  cidr: string;
}

export interface Vpc extends Item {
  /** The first is the one that the VPC was made with. */
  ipv4: Association[];
  ipv6: Association[];
}

export interface Subnet extends Item {
  vpcId: string;
  cidr: string;
  zone: string;
}

/** An Elastic IP address. */
export interface Address extends Item {
  publicIp: string;
  association?: { id: string; interfaceId: string; privateIp: string };
}

export interface NatGateway extends Item {
  vpcId: string;
  subnetId: string;
  connectivity: 'public' | 'private';
  /** ISO 8601. */
  created: string;
  /** Why it could not be made; then it is `failed`. */
  failure?: { code: string; message: string };
  allocationId?: string | undefined;
  publicIp?: string;
  associationId?: string;
  interfaceId?: string;
  privateIp?: string;
  clientToken?: string | undefined;
}

/** A network interface. Here they all belong to other services: instances there are none. */
export interface NetworkInterface extends Item {
  vpcId: string;
  subnetId: string;
  zone: string;
  /** `interface` is what load balancers of the application type have, too. */
  type: 'interface' | 'nat_gateway' | 'network_load_balancer';
  description: string;
  /** Who asked for it, such as `amazon-elb`. */
  requester: string;
  privateIp: string;
  mac: string;
  /** `ipOwner` is the account, or the service whose address it is. */
  association?: { publicIp: string; ipOwner: string; id?: string; allocationId?: string };
}

export interface Kinds {
  vpc: Vpc;
  subnet: Subnet;
  address: Address;
  natgateway: NatGateway;
  interface: NetworkInterface;
}
export type Kind = keyof Kinds;

/** How ids begin. */
const PREFIXES: Readonly<Record<Kind, string>> = {
  vpc: 'vpc',
  subnet: 'subnet',
  address: 'eipalloc',
  natgateway: 'nat',
  interface: 'eni',
};

/** Letters and digits as AWS gives them: 17 hexadecimal ones. */
export const newId = (prefix: string): string => `${prefix}-0${randomBytes(8).toString('hex')}`;

/** What a region holds, by kind. */
export class Items {
  readonly #sql: Sql;

  constructor(db: Database) {
    this.#sql = new Sql(db);
  }

  /** All of it or nothing. */
  transaction<T>(work: () => T): T {
    return this.#sql.transaction(work);
  }

  create<K extends Kind>(kind: K, region: string, body: Omit<Kinds[K], 'id'>): Kinds[K] {
    const item = { ...body, id: newId(PREFIXES[kind]) } as Kinds[K];
    this.#sql.run(
      'INSERT INTO ec2_items (id, kind, region, body) VALUES (?, ?, ?, ?)',
      item.id,
      kind,
      region,
      JSON.stringify(item),
    );
    return item;
  }

  /** By id. */
  list<K extends Kind>(kind: K, region: string): Kinds[K][] {
    return this.#sql
      .all<{ body: string }>(
        'SELECT body FROM ec2_items WHERE kind = ? AND region = ? ORDER BY id',
        kind,
        region,
      )
      .map(({ body }) => JSON.parse(body) as Kinds[K]);
  }

  find<K extends Kind>(kind: K, region: string, id: string): Kinds[K] | undefined {
    const row = this.#sql.one<{ body: string }>(
      'SELECT body FROM ec2_items WHERE kind = ? AND region = ? AND id = ?',
      kind,
      region,
      id,
    );
    return row && (JSON.parse(row.body) as Kinds[K]);
  }

  replace(item: Kinds[Kind]): void {
    this.#sql.run('UPDATE ec2_items SET body = ? WHERE id = ?', JSON.stringify(item), item.id);
  }

  remove(id: string): void {
    this.#sql.run('DELETE FROM ec2_items WHERE id = ?', id);
  }
}
