import { Duration } from 'aws-cdk-lib';
import {
  Dashboard,
  GraphWidget,
  MathExpression,
  Metric,
  TextWidget,
  type IMetric,
} from 'aws-cdk-lib/aws-cloudwatch';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { FilterPattern, MetricFilter } from 'aws-cdk-lib/aws-logs';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { TARGET_DRIFTED } from '@groundwork/contracts';
import type { Construct } from 'constructs';
import { acknowledge } from '../constructs/acknowledge.ts';
import { alarmOf, type Watched } from '../constructs/alarm.ts';
import { ERROR_RATE, slotLagIsGrowing } from '../constructs/formulas.ts';
import { PlatformStack } from '../constructs/platform-stack.ts';
import { queueAlarms } from '../constructs/queue-alarms.ts';
import type { WebService } from '../constructs/web-service.ts';
import type { WorkQueue } from '../constructs/work-queue.ts';
import { SERVICES, type Parameters, type ServiceName } from '../parameters.ts';
import type { Data } from './data.ts';
import type { Entrance } from './entrance.ts';
import type { Events } from './events.ts';
import type { Services } from './services.ts';

const MINUTE = Duration.minutes(1);
/** WAL that a slot may hold back, in bytes: an hour at 1.4 MB/s. Until then cache-api may be away. */
const SLOT_BYTES = 5 * 2 ** 30;

/** What is looked at, and what wakes somebody. */
export class Observability extends PlatformStack {
  readonly alarms: Topic;
  readonly #dashboard: Dashboard;

  constructor(
    scope: Construct,
    parameters: Parameters,
    parts: { data: Data; events: Events; entrance: Entrance; services: Services },
  ) {
    super(scope, 'observability', { parameters, description: 'Alarms and the dashboard' });
    this.alarms = new Topic(this, 'alarms', {
      topicName: this.name('alarms'),
      enforceSSL: true,
    });
    // A topic with a policy lets in whom that names, and nobody else.
    this.alarms.grantPublish(
      new ServicePrincipal('cloudwatch.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': this.account } },
      }),
    );
    acknowledge(
      this.alarms,
      'AwsSolutions-SNS2',
      'CloudWatch cannot publish with the key of AWS, and says nothing that is secret',
    );
    if (parameters.alarmEmail !== undefined)
      this.alarms.addSubscription(new EmailSubscription(parameters.alarmEmail));
    this.#dashboard = new Dashboard(this, 'dashboard', { dashboardName: this.name('overview') });
    this.#queues(parts.events.queues);
    for (const name of SERVICES) this.#service(name, parts.services.services[name], parts.entrance);
    this.#slot(parts.data);
    this.#drift(parts.services.services['ip-blocklist']);
  }

  #alarm(id: string, watched: Watched): void {
    alarmOf(this, id, { ...watched, tell: this.alarms, name: this.name(id) });
  }

  #queues(queues: Events['queues']): void {
    const all: [string, WorkQueue][] = Object.entries(queues);
    for (const [name, queue] of all)
      queueAlarms(this, name, queue, { tell: this.alarms, prefix: `${this.name(name)}-` });
    const each = (title: string, metric: (queue: WorkQueue) => IMetric) =>
      new GraphWidget({ title, width: 12, left: all.map(([, one]) => metric(one)) });
    this.#dashboard.addWidgets(
      each('Oldest message, s', ({ queue }) => queue.metricApproximateAgeOfOldestMessage({ period: MINUTE })),
      each('Dead letters', ({ deadLetters }) =>
        deadLetters.metricApproximateNumberOfMessagesVisible({ period: MINUTE }),
      ),
    );
  }

  #service(name: ServiceName, { targetGroup, cpu }: WebService, { loadBalancer }: Entrance): void {
    const metric = (metricName: string, statistic: string) =>
      new Metric({
        namespace: 'AWS/ApplicationELB',
        metricName,
        statistic,
        period: MINUTE,
        dimensionsMap: {
          LoadBalancer: loadBalancer.loadBalancerFullName,
          TargetGroup: targetGroup.targetGroupFullName,
        },
      });
    const errors = new MathExpression({
      expression: ERROR_RATE,
      label: `${name}: errors, %`,
      period: MINUTE,
      usingMetrics: {
        errors: metric('HTTPCode_Target_5XX_Count', 'Sum'),
        requests: metric('RequestCount', 'Sum'),
      },
    });
    this.#alarm(`${name}-errors`, {
      meaning: `More than 5 % of the requests to ${name} are answered with 5xx: its log has them with their request ids`,
      metric: errors,
      above: 5,
      for: [3, 5],
    });
    this.#alarm(`${name}-unhealthy`, {
      meaning: `Tasks of ${name} that do not answer /healthz: ECS replaces them; see the events of the service`,
      metric: metric('UnHealthyHostCount', 'Maximum'),
      above: 0,
      for: [5, 5],
    });
    this.#dashboard.addWidgets(
      new TextWidget({ markdown: `## ${name}`, width: 24, height: 1 }),
      new GraphWidget({
        title: 'Requests a minute, errors %',
        width: 8,
        left: [metric('RequestCount', 'Sum')],
        right: [errors],
      }),
      new GraphWidget({
        title: 'Answered in, s',
        width: 8,
        left: ['p50', 'p99'].map((one) => metric('TargetResponseTime', one)),
      }),
      new GraphWidget({ title: 'CPU, %', width: 8, left: [cpu] }),
    );
  }

  #slot({ cluster }: Data): void {
    const lag = new Metric({
      namespace: 'AWS/RDS',
      metricName: 'OldestReplicationSlotLag',
      dimensionsMap: { DBClusterIdentifier: cluster.clusterIdentifier },
      statistic: 'Maximum',
      period: MINUTE,
      label: 'held back, bytes',
    });
    this.#alarm('slot-lag', {
      meaning: `cache-api's replication slot holds back more than ${SLOT_BYTES} bytes of WAL: is an instance of it there, and does /v1/status say that it follows? A slot nobody reads fills the disk`,
      metric: lag,
      above: SLOT_BYTES,
      for: [5, 5],
    });
    const { expression, minutes } = slotLagIsGrowing;
    this.#alarm('slot-stuck', {
      meaning: `cache-api's replication slot has fallen behind for ${minutes} minutes without catching up once: what is cached is invalidated late, or not at all`,
      metric: new MathExpression({
        expression,
        label: 'grown, bytes a minute',
        period: MINUTE,
        usingMetrics: { lag },
      }),
      above: 0,
      for: [minutes, minutes],
    });
    this.#dashboard.addWidgets(
      new GraphWidget({ title: 'WAL that the slot holds back', width: 24, left: [lag] }),
    );
  }

  #drift({ logs }: WebService): void {
    const filter = new MetricFilter(this, 'drift', {
      logGroup: logs,
      filterPattern: FilterPattern.stringValue('$.event', '=', TARGET_DRIFTED),
      metricNamespace: `Groundwork/${this.parameters.stage}`,
      metricName: 'BlocklistDrift',
      metricValue: '1',
      defaultValue: 0,
    });
    this.#alarm('blocklist-drift', {
      meaning:
        'Somebody else keeps editing what ip-blocklist enforces, and it undoes that: GET /v1/targets/{name}/versions says what; CloudTrail who',
      metric: filter.metric({ statistic: 'Sum', period: Duration.minutes(5) }),
      above: 2,
      for: [1, 1],
    });
  }
}
