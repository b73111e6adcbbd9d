import { z } from 'zod';
import { AwsError, notImplemented } from '../http/aws-error.ts';
import type { Destinations } from '../destinations.ts';
import type { Reply } from '../http/reply.ts';
import { Sql, type Database } from '../state.ts';
import { matchesPattern, parsePattern } from './pattern.ts';

const Target = z.object({
  Id: z.string(),
  Arn: z.string(),
  SqsParameters: z.object({ MessageGroupId: z.string() }).optional(),
});
type Target = z.infer<typeof Target>;

interface RuleRow {
  name: string;
  pattern: string;
  state: 'ENABLED' | 'DISABLED';
  targets: string;
}

/** Rules on the default bus that send matching events to SQS queues, FIFO included. */
export class EventBridge {
  readonly #sql: Sql;
  readonly #destinations: Destinations;

  constructor(db: Database, destinations: Destinations) {
    this.#sql = new Sql(db);
    this.#destinations = destinations;
  }

  call(action: string, text: string): Reply {
    const body = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
    switch (action) {
      case 'PutRule':
        return json(this.#putRule(body));
      case 'PutTargets':
        return json(this.#putTargets(body));
      case 'RemoveTargets':
        return json(this.#removeTargets(body));
      case 'DeleteRule':
        return json(this.#deleteRule(String(body['Name'])));
      case 'ListRules':
        return json({
          Rules: this.#rules().map(({ name, pattern, state }) => ({
            Name: name,
            Arn: arnOf(name),
            EventPattern: pattern,
            State: state,
          })),
        });
      case 'ListTargetsByRule':
        return json({ Targets: this.#targets(this.#rule(String(body['Rule']))) });
      default:
        throw notImplemented(action);
    }
  }

  /** Sends an event to the targets of every rule that matches. */
  async route(message: string): Promise<void> {
    const event = JSON.parse(message) as { id: string };
    for (const rule of this.#rules()) {
      if (rule.state !== 'ENABLED' || !matchesPattern(parsePattern(rule.pattern), event)) continue;
      for (const target of this.#targets(rule)) {
        const groupId = target.SqsParameters?.MessageGroupId;
        await this.#destinations.deliver(
          target.Arn,
          message,
          // As AWS documents: the event id keeps a repeated delivery to a FIFO queue from counting twice.
          groupId === undefined ? {} : { groupId, deduplicationId: event.id },
        );
      }
    }
  }

  #putRule(body: Record<string, unknown>) {
    const name = String(body['Name']);
    if (typeof body['EventPattern'] !== 'string')
      throw notImplemented('PutRule without an EventPattern (schedules)');
    parsePattern(body['EventPattern']);
    this.#sql.run(
      'INSERT INTO rules (name, pattern, state) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET pattern = excluded.pattern, state = excluded.state',
      name,
      body['EventPattern'],
      body['State'] === 'DISABLED' ? 'DISABLED' : 'ENABLED',
    );
    return { RuleArn: arnOf(name) };
  }

  #putTargets(body: Record<string, unknown>) {
    const rule = this.#rule(String(body['Rule']));
    const failed: object[] = [];
    const targets = new Map(this.#targets(rule).map((target) => [target.Id, target]));
    for (const input of (body['Targets'] ?? []) as unknown[]) {
      for (const name of ['Input', 'InputPath', 'InputTransformer']) {
        if (name in (input as object)) throw notImplemented(`PutTargets with ${name}`);
      }
      const target = Target.parse(input);
      const queue = this.#destinations.describe(target.Arn);
      if (queue === undefined || (queue.fifo && target.SqsParameters === undefined)) {
        const reason =
          queue === undefined ? 'does not exist' : 'is FIFO and needs SqsParameters.MessageGroupId';
        failed.push({
          TargetId: target.Id,
          ErrorCode: 'ValidationException',
          ErrorMessage: `${target.Arn} ${reason}`,
        });
      } else {
        targets.set(target.Id, target);
      }
    }
    this.#saveTargets(rule.name, [...targets.values()]);
    return { FailedEntryCount: failed.length, FailedEntries: failed };
  }

  #removeTargets(body: Record<string, unknown>) {
    const rule = this.#rule(String(body['Rule']));
    const ids = (body['Ids'] ?? []) as string[];
    this.#saveTargets(
      rule.name,
      this.#targets(rule).filter((target) => !ids.includes(target.Id)),
    );
    return { FailedEntryCount: 0, FailedEntries: [] };
  }

  #deleteRule(name: string) {
    if (this.#targets(this.#rule(name)).length > 0) {
      throw new AwsError(400, 'ValidationException', "Rule can't be deleted since it has targets.");
    }
    this.#sql.run('DELETE FROM rules WHERE name = ?', name);
    return {};
  }

  #rules(): RuleRow[] {
    return this.#sql.all<RuleRow>('SELECT * FROM rules ORDER BY name');
  }

  #rule(name: string): RuleRow {
    const rule = this.#rules().find((one) => one.name === name);
    if (rule === undefined)
      throw new AwsError(
        400,
        'ResourceNotFoundException',
        `Rule ${name} does not exist on EventBus default.`,
      );
    return rule;
  }

  #targets(rule: RuleRow): Target[] {
    return JSON.parse(rule.targets) as Target[];
  }

  #saveTargets(rule: string, targets: readonly Target[]): void {
    this.#sql.run('UPDATE rules SET targets = ? WHERE name = ?', JSON.stringify(targets), rule);
  }
}

export function eventBridgeErrorReply(error: AwsError): Reply {
  return {
    status: error.status,
    headers: { 'content-type': 'application/x-amz-json-1.1' },
    body: JSON.stringify({ __type: error.code, message: error.message }),
  };
}

function json(body: object): Reply {
  return {
    status: 200,
    headers: { 'content-type': 'application/x-amz-json-1.1' },
    body: JSON.stringify(body),
  };
}

function arnOf(rule: string): string {
  return `arn:aws:events:us-east-1:000000000000:rule/${rule}`;
}
