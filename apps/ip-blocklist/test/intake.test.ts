import { gzipSync } from 'node:zlib';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { Resources } from '@groundwork/aws-sandbox';
import type { BlocklistChanges, Entry } from '@groundwork/contracts';
import type { IncomingMessage } from '@groundwork/messaging';
import { eventually } from '@groundwork/service/testing';
import request from 'supertest';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseLogRules } from '../src/domain/access-logs/rule-file.ts';
import { createIntakeHandler } from '../src/queue/intake.ts';
import { albLine, wafLine } from './support/access-logs.ts';
import { openAccount, type Account } from './support/account.ts';
import { createInstance, logger, useDatabases, type Instance } from './support/service.ts';

const queue = (name: string, deadLetters: string) => [
  { name: deadLetters },
  { name, deadLetters: { queue: deadLetters, maxReceiveCount: 10 } },
];
const RESOURCES = Resources.parse({
  queues: [
    ...queue('intake.fifo', 'intake-dlq.fifo'),
    ...queue('findings', 'findings-dlq'),
    ...queue('logs', 'logs-dlq'),
    { name: 'fan-out' },
  ],
  topics: [{ name: 'changes', subscriptions: [{ queue: 'fan-out', raw: true }] }],
  buckets: [{ name: 'access-logs', notifications: [{ queue: 'logs', events: ['s3:ObjectCreated:*'] }] }],
});
const RULES = parseLogRules(`rules:
  - { name: logins, log: alb, match: { status: [401] }, threshold: 4, windowSeconds: 300, ttlSeconds: 600 }
  - { name: probes, log: waf, match: { action: [BLOCK] }, threshold: 2, windowSeconds: 300, ttlSeconds: 600 }`);

const databases = useDatabases();
let account: Account;
let url: string;
let service: Instance;
let sqs: SQSClient;
let s3: S3Client;

const urlOf = (name: string) => `${account.endpoint}/000000000000/${name}`;
const instance = () =>
  createInstance(url, {
    config: {
      AWS_ENDPOINT_URL: account.endpoint,
      PROTECTED_RANGES: ['office=9.9.9.0/24'],
      INTAKE_QUEUE_URL: urlOf('intake.fifo'),
      FINDINGS_QUEUE_URL: urlOf('findings'),
      LOGS_QUEUE_URL: urlOf('logs'),
      CHANGES_TOPIC_ARN: 'arn:aws:sns:us-east-1:000000000000:changes',
      QUEUE_POLL_SECONDS: 1,
    },
    logRules: RULES,
  });

beforeEach(async () => {
  account = await openAccount({ resources: RESOURCES });
  const settings = {
    endpoint: account.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' },
  };
  sqs = new SQSClient({ ...settings, useQueueUrlAsEndpoint: false });
  s3 = new S3Client({ ...settings, forcePathStyle: true });
  url = await databases.create();
  service = instance();
  await service.start();
});
afterEach(async () => {
  await service.stop();
  sqs.destroy();
  s3.destroy();
  await account.close();
});

let sent = 0;
async function send(name: string, bodies: readonly unknown[], groupId?: string): Promise<void> {
  for (let at = 0; at < bodies.length; at += 10) {
    const Entries = bodies.slice(at, at + 10).map((body, i) => ({
      Id: String(i),
      MessageBody: typeof body === 'string' ? body : JSON.stringify(body),
      ...(groupId === undefined
        ? {}
        : { MessageGroupId: groupId, MessageDeduplicationId: String((sent += 1)) }),
    }));
    await sqs.send(new SendMessageBatchCommand({ QueueUrl: urlOf(name), Entries }));
  }
}

const active = async (): Promise<Entry[]> =>
  ((await request(service.app).get('/v1/entries?limit=1000').expect(200)).body as { items: Entry[] }).items;
const subjects = async () => (await active()).map(({ subject }) => subject).toSorted();
const becomes = (...names: string[]) =>
  eventually(async () => (await subjects()).join(' ') === names.toSorted().join(' '), {
    what: names.join(' '),
    withinMs: 15_000,
  });
async function deadLetter(name: string): Promise<{ body: string; reason: string } | undefined> {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: urlOf(name),
      MessageAttributeNames: ['All'],
      WaitTimeSeconds: 5,
    }),
  );
  const [message] = Messages;
  const { ReceiptHandle } = message ?? {};
  if (ReceiptHandle !== undefined) {
    await sqs.send(new DeleteMessageCommand({ QueueUrl: urlOf(name), ReceiptHandle }));
  }
  return (
    message && {
      body: message.Body ?? '',
      reason: Object.values(message.MessageAttributes ?? {})
        .map(({ StringValue }) => StringValue)
        .join(' '),
    }
  );
}

const blocking = (cidr: string, more: object = {}) => ({
  type: 'BlockRequested',
  entry: { cidr, action: 'block', reason: 'asked', source: 'shop', ...more },
});
const unblocking = (cidr: string, source?: string) => ({
  type: 'UnblockRequested',
  subject: { cidr },
  source,
});

describe('a block that is asked for by message', () => {
  it('is taken, and ends when that is asked for, in order', async () => {
    await send(
      'intake.fifo',
      [blocking('1.2.3.4'), unblocking('1.2.3.4'), blocking('1.2.3.4'), blocking('1.2.3.5')],
      'a',
    );
    await becomes('1.2.3.4', '1.2.3.5');
    await send('intake.fifo', [unblocking('1.2.3.4', 'somebody-else'), unblocking('1.2.3.5', 'shop')], 'a');
    await becomes('1.2.3.4');
  });

  it('that cannot be taken goes to the dead letters with the reason, and holds up nobody', async () => {
    const bad: [body: unknown, reason: string][] = [
      [blocking('9.9.9.9'), 'protected_range'],
      [{ type: 'BlockRequested', entry: { cidr: '1.2.3.4' } }, 'entry.action'],
      [blocking('1.2.3.400'), '1.2.3.400'],
      ['{', 'not JSON'],
    ];
    await send('intake.fifo', [...bad.map(([body]) => body), blocking('1.2.3.4')], 'a');
    await becomes('1.2.3.4');
    for (const [body, reason] of bad) {
      const letter = await deadLetter('intake-dlq.fifo');
      expect(letter?.body).toBe(typeof body === 'string' ? body : JSON.stringify(body));
      expect(letter?.reason).toContain(reason);
    }
  });

  it('lasts as long as from when it was asked for, however late or often it comes', async () => {
    const handle = createIntakeHandler({ entries: service.entries, protectedRanges: () => [] });
    const context = { log: logger, signal: new AbortController().signal };
    const message = (secondsAgo: number, cidr: string): IncomingMessage => ({
      id: 'm',
      body: JSON.stringify(blocking(cidr, { ttlSeconds: 60 })),
      attributes: {},
      receiveCount: 2,
      sentAt: new Date(Date.now() - secondsAgo * 1_000),
    });
    await handle(message(50, '1.2.3.4'), context);
    await handle(message(61, '1.2.3.5'), context);
    const [entry, ...others] = await active();
    expect(others).toEqual([]);
    expect(Date.parse(entry?.expiresAt ?? '') - Date.now()).toBeLessThan(11_000);
  });
});

const finding = (address: string, more: { severity?: number; archived?: boolean } = {}) => ({
  version: '0',
  source: 'aws.guardduty',
  'detail-type': 'GuardDuty Finding',
  detail: {
    id: `id-of-${address}`,
    type: 'Recon:EC2/PortProbeUnprotectedPort',
    severity: more.severity ?? 5,
    service: {
      archived: more.archived ?? false,
      action: {
        actionType: 'PORT_PROBE',
        portProbeAction: {
          portProbeDetails: [
            { localPortDetails: { port: 22 }, remoteIpDetails: { ipAddressV4: address, country: {} } },
          ],
        },
      },
    },
  },
});

describe('a GuardDuty finding', () => {
  it('blocks whom it is about, as surely as it is severe; one that comes again renews that', async () => {
    await send('findings', [
      finding('1.2.3.4'),
      finding('1.2.3.4', { severity: 8.5 }),
      finding('1.2.3.5', { severity: 8 }),
    ]);
    await becomes('1.2.3.4', '1.2.3.5');
    await eventually(async () =>
      (await active()).every(({ confidence }) => confidence >= 80 || confidence === 50),
    );
    const [one] = await active();
    expect(one).toMatchObject({ source: 'guardduty', action: 'block' });
    expect(one?.reason).toContain('Recon:EC2/PortProbeUnprotectedPort');
    expect(one?.expiresAt).not.toBeNull();
  });

  it('blocks nobody who is protected, inside, or found with little severity or by an archived finding; what is none is a dead letter', async () => {
    await send('findings', [
      finding('9.9.9.9'),
      finding('10.0.0.1'),
      finding('1.2.3.1', { severity: 2 }),
      finding('1.2.3.2', { archived: true }),
      { source: 'aws.ec2', 'detail-type': 'x', detail: {} },
      finding('1.2.3.3'),
    ]);
    await becomes('1.2.3.3');
    expect((await deadLetter('findings-dlq'))?.body).toContain('aws.ec2');
  });
});

const put = (Key: string, body: string | Buffer) =>
  s3.send(new PutObjectCommand({ Bucket: 'access-logs', Key, Body: body }));
/** Bans count from then. */
const AT = new Date().toISOString();
const failures = (count: number, client = '1.2.3.4:1') =>
  Array.from({ length: count }, () => albLine({ client, at: AT, status: 401 }));

describe('an access log', () => {
  it('blocks who meets a rule often enough within its window, whichever logs that is in', async () => {
    await put('one.log.gz', gzipSync([...failures(2), ...failures(3, '1.2.3.5:1'), albLine()].join('\n')));
    await put('two.log.gz', gzipSync([...failures(2), 'garbage'].join('\n')));
    await becomes('1.2.3.4');
    const [entry] = await active();
    expect(entry).toMatchObject({ source: 'log:alb:logins', confidence: 80 });
    const since = new Date(Math.floor(Date.parse(AT) / 300_000) * 300_000).toISOString();
    expect(entry?.reason).toBe(`4 requests met logins within 300 s from ${since}`);
  });

  it('of WAF is told from one of an ALB by itself, compressed or not', async () => {
    const at = Date.parse(AT);
    await put('waf.log', [wafLine({ at }), wafLine({ at, action: 'ALLOW' }), wafLine({ at })].join('\n'));
    await becomes('1.2.3.4');
  });

  it('counts once although S3 tells of it twice', async () => {
    await put('one.log', failures(3).join('\n'));
    await eventually(async () => (await isRead('one.log')).isDone);
    const { ETag = '' } = await put('two.log', 'nothing');
    expect(ETag).not.toBe('');
    const event = (key: string, eTag: string) => ({
      Records: [
        {
          eventVersion: '2.1',
          eventSource: 'aws:s3',
          awsRegion: 'us-east-1',
          eventTime: '2026-11-23T10:00:00.000Z',
          eventName: 'ObjectCreated:Put',
          s3: { bucket: { name: 'access-logs' }, object: { key, size: 1, eTag } },
        },
      ],
    });
    await send(
      'logs',
      Array.from({ length: 5 }, () => event('one.log', etagOf('one.log'))),
    );
    await put('three.log', failures(4, '1.2.3.9:1').join('\n'));
    await becomes('1.2.3.9');
  });

  it('blocks nobody who is protected', async () => {
    await put('one.log', [...failures(9, '9.9.9.9:1'), ...failures(4)].join('\n'));
    await becomes('1.2.3.4');
  });

  const etags = new Map<string, string>();
  const etagOf = (key: string) => etags.get(key) ?? '';
  async function isRead(key: string) {
    const { rows } = await service.database.pool.query<{ object: string; done: boolean }>(
      'SELECT object, done FROM logs_taken WHERE object LIKE $1',
      [`s3://access-logs/${key}#%`],
    );
    const [row] = rows;
    if (row !== undefined) etags.set(key, row.object.split('#')[1] ?? '');
    return { isDone: row?.done === true };
  }
});

describe('changes', () => {
  async function told(): Promise<BlocklistChanges['changes']> {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: urlOf('fan-out'), MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }),
    );
    return Messages.flatMap(({ Body = '' }) => (JSON.parse(Body) as BlocklistChanges).changes);
  }
  const say = (cidr: string) =>
    request(service.app)
      .post('/v1/entries')
      .send({ cidr, action: 'block', reason: 'test', ttlSeconds: 3_600 });

  it('are published in order, also those made while nobody published', { timeout: 30_000 }, async () => {
    const seen: BlocklistChanges['changes'] = [];
    const toldOf = async (subject: string) => {
      seen.push(...(await told()));
      return seen.some(({ detail }) => (detail as { subject?: string }).subject === subject);
    };
    // What was there before the topic is nobody's news.
    await eventually(async () => {
      const { rowCount } = await service.database.pool.query('SELECT FROM publications');
      return rowCount === 1;
    });
    await say('1.2.3.4').expect(201);
    await eventually(() => toldOf('1.2.3.4'));
    await service.stop();
    service = instance();
    await say('1.2.3.5').expect(201);
    await service.start();
    await eventually(() => toldOf('1.2.3.5'), { withinMs: 10_000 });
    const entries = seen.filter(({ what }) => what === 'entry.created');
    expect(entries.map(({ detail }) => (detail as { subject: string }).subject)).toEqual([
      '1.2.3.4',
      '1.2.3.5',
    ]);
    expect(entries.map(({ seq }) => seq)).toEqual(entries.map(({ seq }) => seq).toSorted((a, b) => a - b));
  });
});
