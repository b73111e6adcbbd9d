import { join } from 'node:path';
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { CoverageView, TargetView } from '@groundwork/contracts';
import type { TestPostgres } from '@groundwork/database/testing';
import { eventually } from '@groundwork/service/testing';
import { openAccount } from './account.ts';
import { atMost, exactly, only, type Figure } from './figure.ts';
import { startService } from './service.ts';

const QUEUE = 'findings';
const TARGET = 'targets: [{ name: cdn, kind: waf-ip-set, topology: cloudfront-waf-alb }]';

/** A burst of GuardDuty findings: taken in, blocked, and how long each took from accepted to enforced. */
export async function findings(
  count: number,
  postgres: TestPostgres,
  dir: string,
  progress: (text: string) => void,
): Promise<Figure[]> {
  const account = await openAccount(join(dir, 'findings'), [QUEUE]);
  const queueUrl = `${account.endpoint}/000000000000/${QUEUE}`;
  const settings = {
    DATABASE_URL: await postgres.createDatabase(),
    AWS_ENDPOINT_URL: account.endpoint,
    TARGETS_YAML: TARGET,
  };
  // As on any other day: the target has been in sync before.
  const before = await startService(settings);
  const phase = async () => (await before.get<TargetView>('/v1/targets/cdn')).phase;
  await eventually(async () => (await phase()) === 'in-sync', { withinMs: 30_000, what: 'a target in sync' });
  await before.stop();
  // Every tenth is about somebody that there was a finding about before.
  const clients = Math.ceil(count * 0.9);
  progress(`sending ${count} findings`);
  await send(account.endpoint, queueUrl, count, clients);
  const service = await startService({ ...settings, FINDINGS_QUEUE_URL: queueUrl });
  try {
    const [began, cpu, start] = [performance.now(), service.cpuSeconds(), service.peakMb()];
    progress('waiting until all of them are enforced');
    const coverage = async (): Promise<CoverageView> =>
      (await service.get<{ items: CoverageView[] }>('/v1/coverage')).items[0]!;
    await eventually(async () => (await coverage()).ipv4.enforced === clients, {
      withinMs: 300_000,
      everyMs: 250,
      what: `${clients} enforced addresses`,
    });
    const seconds = (performance.now() - began) / 1_000;
    await eventually(async () => (await coverage()).timeToBlock.count > clients / 2, { what: 'the times' });
    const { timeToBlock } = await coverage();
    return [
      exactly(`addresses enforced of ${count} findings`, (await coverage()).ipv4.enforced, clients),
      only('seconds until all of them are enforced', seconds),
      only('CPU seconds of the service', service.cpuSeconds() - cpu),
      only('time to block, median', timeToBlock.p50Ms ?? Number.NaN, ' ms'),
      atMost('time to block, p99', timeToBlock.p99Ms ?? Number.NaN, 10_000, ' ms'),
      atMost(`peak of its memory (${start.toFixed(0)} MB at the start)`, service.peakMb(), 450, ' MB'),
    ];
  } finally {
    await service.stop();
    await account.stop();
  }
}

async function send(endpoint: string, QueueUrl: string, count: number, clients: number): Promise<void> {
  const credentials = { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' };
  const sqs = new SQSClient({ endpoint, region: 'us-east-1', credentials, useQueueUrlAsEndpoint: false });
  for (let at = 0; at < count; at += 10) {
    const Entries = Array.from({ length: Math.min(10, count - at) }, (_, i) => ({
      Id: String(i),
      MessageBody: JSON.stringify(finding(at + i, (at + i) % clients)),
    }));
    await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  }
  sqs.destroy();
}

/** As EventBridge delivers one. https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings_eventbridge.html */
function finding(number: number, client: number): object {
  const ipAddressV4 = `20.${client >> 15}.${(client >> 7) & 255}.${(client & 127) * 2}`;
  return {
    version: '0',
    id: `event-${number}`,
    source: 'aws.guardduty',
    'detail-type': 'GuardDuty Finding',
    account: '123456789012',
    region: 'us-east-1',
    time: '2026-11-23T10:00:00Z',
    detail: {
      id: `finding-${number}`,
      type: 'UnauthorizedAccess:EC2/SSHBruteForce',
      severity: 5,
      service: {
        archived: false,
        action: {
          actionType: 'NETWORK_CONNECTION',
          networkConnectionAction: {
            connectionDirection: 'INBOUND',
            localPortDetails: { port: 22, portName: 'SSH' },
            remoteIpDetails: { ipAddressV4, country: { countryName: 'Nowhere' } },
          },
        },
      },
    },
  };
}
