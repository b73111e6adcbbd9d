import type { Capacity } from '../../domain/destination.ts';
import { countriesOf, without, type Coverage } from '../../domain/networks.ts';
import type { CloudFrontGeoTarget } from '../../domain/target-file/cloudfront-geo.ts';
import {
  Conflict,
  type Condition,
  type Enforcer,
  type Part,
  type Urgency,
  type Write,
} from '../../ports/enforcer.ts';
import type { DistributionApi, Seen } from './distribution-api.ts';

/** As many as there can be: more than there are countries. */
const ALL = 300;
const NO_NETWORKS: readonly string[] = [];

/**
 * The geo restriction of a CloudFront distribution. Everything else in its configuration goes back
 * as it was read; the ETag of that reading makes sure that nobody has changed it in between.
 */
export class CloudFrontGeo implements Enforcer {
  readonly #api: DistributionApi;
  readonly #target: CloudFrontGeoTarget;
  #seen: Seen | undefined;
  #part: Part | undefined;

  constructor(api: DistributionApi, target: CloudFrontGeoTarget) {
    this.#api = api;
    this.#target = target;
  }

  async observe(): Promise<void> {
    const id = this.#seen?.id ?? (await this.#find());
    try {
      this.#take(await this.#api.get(id));
    } catch (error) {
      // Gone; perhaps another one has the alias by now.
      if (error instanceof Conflict) this.#seen = undefined;
      throw error;
    }
  }

  parts(): readonly Part[] {
    return this.#part === undefined ? [] : [this.#part];
  }

  capacity(): Capacity {
    return { block: { v4: 0, v6: 0 }, allow: { v4: 0, v6: 0 }, countries: ALL };
  }

  conditions(): Condition[] {
    if (this.#seen === undefined) return [];
    const { id, config } = this.#seen;
    const conditions: Condition[] = [];
    if (this.#isAllowlist) {
      const countries = config.Restrictions?.GeoRestriction?.Items?.join(', ');
      const message = `The geo restriction of ${id} lets in only ${countries}: that is somebody else's, and left alone`;
      conditions.push({ severity: 'blind', message });
    }
    if (config.Enabled === false) {
      conditions.push({ severity: 'note', message: `The distribution ${id} is disabled` });
    }
    return conditions;
  }

  next({ countries }: Coverage): Write[] {
    if (this.#seen === undefined || this.#part === undefined || this.#isAllowlist) return [];
    const held = this.#part.countries;
    const added = without(countries, held);
    if (added.length + without(held, countries).length === 0) return [];
    return [this.#write(this.#seen, added.length > 0 ? 'add' : 'remove', countries)];
  }

  rewrite(part: string): Write | undefined {
    if (this.#seen === undefined || this.#part?.name !== part) return undefined;
    return this.#write(this.#seen, 'add', this.#part.countries);
  }

  get #isAllowlist(): boolean {
    return this.#seen?.config.Restrictions?.GeoRestriction?.RestrictionType === 'whitelist';
  }

  #write(seen: Seen, urgency: Urgency, countries: readonly string[]): Write {
    return {
      urgency,
      operation: 'UpdateDistribution',
      what: `Makes ${seen.id} turn away ${countries.join(' ') || 'no country'}`,
      part: { name: nameOf(seen), action: 'block', networks: NO_NETWORKS, countries },
      perform: async () => this.#take(await this.#api.update(seen, restricted(seen.config, countries))),
    };
  }

  #take(seen: Seen): void {
    const { RestrictionType: type, Items = [] } = seen.config.Restrictions?.GeoRestriction ?? {};
    const countries = type === 'blacklist' ? countriesOf(Items) : [];
    const before = this.#part;
    const isSame = before?.name === nameOf(seen) && before.countries.join() === countries.join();
    this.#seen = seen;
    this.#part = {
      name: nameOf(seen),
      action: 'block',
      networks: NO_NETWORKS,
      countries: isSame ? before.countries : countries,
      inForce: seen.config.Enabled !== false,
    };
  }

  async #find(): Promise<string> {
    const { distribution } = this.#target;
    if (/^E[A-Z0-9]{7,}$/.test(distribution)) return distribution;
    const id = await this.#api.idOf(distribution);
    if (id === undefined) throw new Error(`No distribution has the alias ${distribution}`);
    return id;
  }
}

const nameOf = ({ id }: Seen): string => `${id} geo restriction`;

/** The same configuration, with other countries turned away. */
function restricted(config: Seen['config'], countries: readonly string[]): Seen['config'] {
  const GeoRestriction =
    countries.length === 0
      ? { RestrictionType: 'none' as const, Quantity: 0 }
      : { RestrictionType: 'blacklist' as const, Quantity: countries.length, Items: [...countries] };
  return { ...config, Restrictions: { GeoRestriction } };
}
