import { notImplemented } from '../http/aws-error.ts';
import type { Reply } from '../http/reply.ts';
import type { Database } from '../state.ts';
import { parseAddresses, type Family } from './addresses.ts';
import { WAF_CONTENT_TYPE, wafError } from './error.ts';
import { arnOf, Items, type Item, type Kind, type Place, type Scope } from './items.ts';
import { resolveWebAcl, type EnforcedAcl } from './resolve.ts';
import { checkRules, type RuleCheck } from './statements.ts';
import { parseTags, Tags } from './tags.ts';
import type { Throttle } from './throttle.ts';

type Body = Record<string, unknown>;

/** https://docs.aws.amazon.com/waf/latest/developerguide/limits.html */
const MAX_WEB_ACL_CAPACITY = 5_000;
const PAGE = 100;

/** What the API calls the three kinds, and the member that holds one of them. */
const KINDS: Readonly<Record<string, Kind>> = { IPSet: 'ipset', RuleGroup: 'rulegroup', WebACL: 'webacl' };
const LISTS: Readonly<Record<Kind, string>> = { ipset: 'IPSets', rulegroup: 'RuleGroups', webacl: 'WebACLs' };

/** IP sets, rule groups and web ACLs of both scopes. */
export class Wafv2 {
  readonly #items: Items;
  readonly #tags: Tags;
  readonly #throttle: Throttle | undefined;

  /** Without a throttle calls may come at any rate. */
  constructor(db: Database, throttle: Throttle | undefined) {
    this.#items = new Items(db);
    this.#tags = new Tags(db);
    this.#throttle = throttle;
  }

  call(action: string, text: string, region: string): Reply {
    const body = (text === '' ? {} : JSON.parse(text)) as Body;
    if (/^(Tag|Untag|ListTagsFor)Resource$/.test(action)) {
      this.#throttle?.take(action, region);
      return this.#tagging(action, body, region);
    }
    const place = placeOf(body, region);
    this.#throttle?.take(action, region);
    const [, verb = '', noun = ''] =
      /^(Create|Get|Update|Delete|List)(IPSet|RuleGroup|WebACL)s?$/.exec(action) ?? [];
    const kind = KINDS[noun];
    if (action === 'CheckCapacity') return json({ Capacity: this.#check(body['Rules'], place).capacity });
    if (kind === undefined) throw notImplemented(`wafv2:${action}`);
    switch (verb) {
      case 'Create':
        return json({ Summary: summary(this.#create(kind, place, body)) });
      case 'Get':
        return this.#get(noun, kind, place, body);
      case 'Update':
        return json({ NextLockToken: this.#update(kind, place, body) });
      case 'Delete':
        this.#items.remove(this.#items.get(kind, place, body['Name'], body['Id']), body['LockToken']);
        return json({});
      default:
        return this.#list(kind, place, body);
    }
  }

  /** What a web ACL comes to, by its name; undefined when there is none. */
  enforced(place: Place, name: string): EnforcedAcl | undefined {
    const acl = this.#items.list('webacl', place).find((one) => one.name === name);
    return acl && resolveWebAcl(acl, (arn) => this.#items.byArn(arn));
  }

  #create(kind: Kind, place: Place, body: Body): Item {
    const name = body['Name'];
    if (typeof name !== 'string' || !/^[\w-]{1,128}$/.test(name)) {
      throw wafError.invalid('NAME', name, 'A name has 1 to 128 letters, digits, - and _');
    }
    const tags = body['Tags'] === undefined ? [] : parseTags(body['Tags']);
    const item = this.#items.create(kind, place, name, this.#contents(kind, place, body));
    this.#tags.put(item.id, tags);
    return item;
  }

  /** By ARN alone: these have no scope. */
  #tagging(action: string, body: Body, region: string): Reply {
    const arn = String(body['ResourceARN']);
    const item = this.#items.byArn(arn);
    if (item?.region !== region) throw wafError.absent(arn);
    switch (action) {
      case 'TagResource':
        this.#tags.put(item.id, parseTags(body['Tags']));
        return json({});
      case 'UntagResource':
        this.#tags.remove(item.id, body['TagKeys']);
        return json({});
      default: {
        const { page, more } = pageOf(body, this.#tags.list(item.id), ({ Key }) => Key);
        return json({ TagInfoForResource: { ResourceARN: arn, TagList: page }, ...more });
      }
    }
  }

  #get(noun: string, kind: Kind, place: Place, body: Body): Reply {
    const item = this.#items.get(kind, place, body['Name'], body['Id']);
    return json({
      [noun]: { Name: item.name, Id: item.id, ARN: arnOf(item), ...item.body },
      LockToken: item.lockToken,
    });
  }

  #update(kind: Kind, place: Place, body: Body): string {
    const item = this.#items.get(kind, place, body['Name'], body['Id']);
    return this.#items.update(
      item,
      body['LockToken'],
      this.#contents(kind, place, { ...fixed(item), ...body }),
    );
  }

  /** What is kept of a request, checked. */
  #contents(kind: Kind, place: Place, body: Body): Body {
    const { Description, VisibilityConfig } = body;
    if (kind === 'ipset') {
      const family = body['IPAddressVersion'];
      if (family !== 'IPV4' && family !== 'IPV6')
        throw wafError.invalid('IP_ADDRESS_VERSION', family, 'IPV4 or IPV6');
      return {
        Description,
        IPAddressVersion: family,
        Addresses: parseAddresses(body['Addresses'], family satisfies Family),
      };
    }
    if (VisibilityConfig === undefined)
      throw wafError.invalid('METRIC_NAME', null, 'VisibilityConfig is missing');
    const { capacity } = this.#check(body['Rules'], place);
    const Rules = body['Rules'] ?? [];
    if (kind === 'rulegroup') {
      const Capacity = Number(body['Capacity']);
      if (!(Capacity >= 1)) throw wafError.invalid('CAPACITY', body['Capacity'], 'Capacity is missing');
      if (capacity > Capacity)
        throw wafError.limit(`the rules need ${capacity} WCU, the rule group has ${Capacity}`);
      return { Description, Capacity, Rules, VisibilityConfig };
    }
    if (capacity > MAX_WEB_ACL_CAPACITY)
      throw wafError.limit(`${capacity} WCU, at most ${MAX_WEB_ACL_CAPACITY}`);
    if (body['DefaultAction'] === undefined)
      throw wafError.invalid('DEFAULT_ACTION', null, 'DefaultAction is missing');
    return { Description, DefaultAction: body['DefaultAction'], Rules, VisibilityConfig, Capacity: capacity };
  }

  #check(rules: unknown, place: Place): RuleCheck {
    const check = checkRules(rules, (arn) =>
      Number(this.#referred(arn, 'rulegroup', place).body['Capacity']),
    );
    for (const arn of check.ipSets) this.#referred(arn, 'ipset', place);
    return check;
  }

  #referred(arn: string, kind: Kind, { region, scope }: Place): Item {
    const item = this.#items.byArn(arn);
    if (item?.kind === kind && item.region === region && item.scope === scope) return item;
    throw wafError.absent(`${arn} is no ${kind} of this scope and region`);
  }

  #list(kind: Kind, place: Place, body: Body): Reply {
    const { page, more } = pageOf(body, this.#items.list(kind, place), ({ name }) => name);
    return json({ [LISTS[kind]]: page.map(summary), ...more });
  }
}

/** By name; the marker is the last name that was given. */
function pageOf<T>(body: Body, all: readonly T[], nameOf: (one: T) => string) {
  const limit = Number(body['Limit'] ?? PAGE);
  if (!(limit >= 1 && limit <= PAGE)) throw wafError.invalid('LIMIT', body['Limit'], 'Limit is 1 to 100');
  const after = body['NextMarker'];
  const rest = all.filter((one) => typeof after !== 'string' || nameOf(one) > after);
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  return { page, more: rest.length > limit && last !== undefined ? { NextMarker: nameOf(last) } : {} };
}

function placeOf(body: Body, region: string): Place {
  const scope = body['Scope'];
  if (scope !== 'REGIONAL' && scope !== 'CLOUDFRONT')
    throw wafError.invalid('SCOPE_VALUE', scope, 'The scope is not valid.');
  if (scope === 'CLOUDFRONT' && region !== 'us-east-1') {
    throw wafError.invalid(
      'SCOPE_VALUE',
      scope,
      'The scope is not valid. CLOUDFRONT is managed in us-east-1',
    );
  }
  return { region, scope: scope satisfies Scope };
}

/** What an update cannot change. */
function fixed({ kind, body }: Item): Body {
  return kind === 'ipset' ? { IPAddressVersion: body['IPAddressVersion'] } : { Capacity: body['Capacity'] };
}

function summary(item: Item) {
  return {
    Name: item.name,
    Id: item.id,
    ARN: arnOf(item),
    LockToken: item.lockToken,
    Description: item.body['Description'],
  };
}

function json(body: object): Reply {
  return { status: 200, headers: { 'content-type': WAF_CONTENT_TYPE }, body: JSON.stringify(body) };
}
