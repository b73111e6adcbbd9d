import { notImplemented } from '../http/aws-error.ts';
import type { Reply } from '../http/reply.ts';
import { document } from '../http/xml.ts';
import { ACTIONS } from './actions.ts';
import { enforcedNetworkAcl, type EnforcedNetworkAcl } from './enforced-network-acl.ts';
import type { Items } from './items.ts';
import { placeLoadBalancer, type LoadBalancer } from './load-balancers.ts';
import { completeOlderState } from './older-state.ts';
import { Params } from './params.ts';
import type { Quotas } from './quotas.ts';
import type { Cloud } from './time/cloud.ts';

/** What every call names; other services of the same protocol have other versions. */
export const EC2_VERSION = '2016-11-15';

/** The EC2 API: networks and who may pass, instances, volumes, addresses. */
export class Ec2 {
  readonly #cloud: Cloud;
  readonly #items: Items;

  constructor(cloud: Cloud) {
    this.#cloud = cloud;
    this.#items = cloud.items;
    completeOlderState(this.#items);
  }

  call(action: string, values: URLSearchParams, region: string, requestId: string): Reply {
    const found = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
    if (found === undefined) throw notImplemented(`ec2:${action}`);
    const params = new Params(action, values, found.accepts);
    const answer = this.#cloud.do(() => found.run(this.#cloud, region, params));
    return {
      status: 200,
      headers: { 'content-type': 'text/xml;charset=UTF-8' },
      body: document(`${action}Response`, {
        '@_xmlns': `http://ec2.amazonaws.com/doc/${EC2_VERSION}/`,
        requestId,
        ...answer,
      }),
    };
  }

  /** By its id or its tag `Name`. */
  enforcedNetworkAcl(region: string, which: string): EnforcedNetworkAcl | undefined {
    return enforcedNetworkAcl(this.#items, region, which);
  }

  get quotas(): Quotas {
    return this.#items.quotas;
  }

  /** Plays the part of the load balancer's service. */
  placeLoadBalancer(loadBalancer: LoadBalancer): string {
    return placeLoadBalancer(this.#items, loadBalancer);
  }
}
