import {
  AgentReport,
  AgentView,
  AcceptRequest,
  ApplyRequest,
  AuditRecord,
  BulkResult,
  CoverageView,
  DroppedEntries,
  Entry,
  EntryChange,
  Explanation,
  ExportedList,
  FeedView,
  NewEntry,
  PlanView,
  RollbackRequest,
  TargetVersionView,
  TargetView,
} from '@groundwork/contracts';
import {
  createOpenApiDocument,
  json,
  needs,
  problemResponse,
  refused,
  type ZodOpenApiPathsObject,
} from '@groundwork/service';
import { z } from 'zod';
import { AgentParams } from './agents.ts';
import { AuditQuery } from './audit.ts';
import { EntryQuery } from './entries.ts';
import { ExplainQuery } from './explain.ts';
import { ExportQuery } from './export.ts';
import { VersionQuery } from './targets.ts';

const id = { path: z.object({ id: z.uuid() }) };
const entry = { description: 'The entry', content: json(Entry) };
const absent = { 404: problemResponse('There is no such entry in force'), ...refused };

const name = { path: z.object({ name: z.string().meta({ example: 'cdn' }) }) };
const target = { description: 'The target', content: json(TargetView) };
const noTarget = { 404: problemResponse('There is no such target'), ...refused };
const feed = { description: 'The feed', content: json(FeedView) };
const noFeed = { 404: problemResponse('There is no such feed'), ...refused };
const unobserved = { 503: problemResponse('Nobody has looked at the target yet') };
const page = <S extends z.ZodType>(schema: S) => ({
  description: 'A page',
  content: json(z.object({ items: z.array(schema) })),
});

const paths: ZodOpenApiPathsObject = {
  '/v1/entries': {
    post: {
      summary: 'Block or allow an address, network, range or country',
      security: needs('blocklist:write'),
      requestParams: { header: z.object({ 'idempotency-key': z.string().optional() }) },
      requestBody: { content: json(NewEntry) },
      responses: {
        201: entry,
        200: { ...entry, description: 'The same source had said so before: its entry, renewed' },
        400: problemResponse('The request is not valid'),
        409: problemResponse('That must stay reachable'),
        422: problemResponse('The idempotency key belongs to another request'),
        ...refused,
      },
    },
    get: {
      summary: 'What is blocked and allowed, newest first',
      security: needs('blocklist:read'),
      requestParams: { query: EntryQuery },
      responses: {
        200: {
          description: 'A page',
          content: json(z.object({ items: z.array(Entry), cursor: z.string().optional() })),
        },
        ...refused,
      },
    },
  },
  '/v1/entries/bulk': {
    post: {
      summary: 'Any number of entries, one JSON object per line',
      security: needs('blocklist:write'),
      requestBody: { content: { 'application/x-ndjson': { schema: { type: 'string' } } } },
      responses: { 200: { description: 'What became of them', content: json(BulkResult) }, ...refused },
    },
  },
  '/v1/entries/{id}': {
    get: {
      summary: 'One entry',
      security: needs('blocklist:read'),
      requestParams: id,
      responses: { 200: entry, ...absent },
    },
    patch: {
      summary: 'Give an entry another time to live or reason',
      security: needs('blocklist:write'),
      requestParams: id,
      requestBody: { content: json(EntryChange) },
      responses: { 200: entry, ...absent },
    },
    delete: {
      summary: 'End an entry',
      security: needs('blocklist:write'),
      requestParams: id,
      responses: { 200: entry, ...absent },
    },
  },
  '/v1/explain/{ip}': {
    get: {
      summary: 'Why an address is blocked, or is not',
      security: needs('blocklist:read'),
      requestParams: {
        path: z.object({ ip: z.string().meta({ example: '203.0.113.9' }) }),
        query: ExplainQuery,
      },
      responses: {
        200: { description: 'The story', content: json(Explanation) },
        400: problemResponse('That is not an address'),
        ...refused,
      },
    },
  },
  '/v1/feeds': {
    get: {
      summary: 'What lists are followed, and what became of their last copies',
      security: needs('blocklist:read'),
      responses: {
        200: {
          description: 'The feeds; and those no longer configured, which keep their entries',
          content: json(z.object({ items: z.array(FeedView), abandoned: z.array(z.string()) })),
        },
        ...refused,
      },
    },
  },
  '/v1/feeds/{name}': {
    get: {
      summary: 'One feed',
      security: needs('blocklist:read'),
      requestParams: name,
      responses: { 200: feed, ...noFeed },
    },
  },
  '/v1/feeds/{name}/run': {
    post: {
      summary: 'Look at it now',
      security: needs('blocklist:write'),
      requestParams: name,
      responses: { 202: feed, ...noFeed },
    },
  },
  '/v1/feeds/{name}/accept': {
    post: {
      summary: 'Apply the copy that was refused, if the next run fetches that one',
      security: needs('blocklist:write'),
      requestParams: name,
      requestBody: { content: json(AcceptRequest) },
      responses: { 202: feed, 409: problemResponse('That is not the copy that was refused'), ...noFeed },
    },
  },
  '/v1/feeds/{name}/entries': {
    delete: {
      summary: 'End all entries of a feed that is no longer configured',
      security: needs('blocklist:write'),
      requestParams: name,
      responses: {
        200: { description: 'How many', content: json(DroppedEntries) },
        409: problemResponse('The feed is in use'),
        ...noFeed,
      },
    },
  },
  '/v1/targets': {
    get: {
      summary: 'Where blocks are enforced, and how that goes',
      security: needs('blocklist:read'),
      responses: {
        200: {
          description: 'The targets; and those no longer configured, which keep what they held',
          content: json(z.object({ items: z.array(TargetView), abandoned: z.array(z.string()) })),
        },
        ...refused,
      },
    },
  },
  '/v1/targets/{name}': {
    get: {
      summary: 'One target',
      security: needs('blocklist:read'),
      requestParams: name,
      responses: { 200: target, ...noTarget },
    },
  },
  '/v1/targets/{name}/plan': {
    get: {
      summary: 'What the entries would change there',
      security: needs('blocklist:read'),
      requestParams: name,
      responses: { 200: { description: 'The plan', content: json(PlanView) }, ...noTarget, ...unobserved },
    },
  },
  '/v1/targets/{name}/apply': {
    post: {
      summary: 'Carry out that plan, and no other',
      security: needs('blocklist:write'),
      requestParams: name,
      requestBody: { content: json(ApplyRequest) },
      responses: {
        202: target,
        409: problemResponse('The plan is another one by now'),
        ...noTarget,
        ...unobserved,
      },
    },
  },
  '/v1/targets/{name}/versions': {
    get: {
      summary: 'What has changed there, newest first',
      security: needs('blocklist:read'),
      requestParams: { ...name, query: VersionQuery },
      responses: { 200: page(TargetVersionView), ...noTarget },
    },
  },
  '/v1/targets/{name}/rollback': {
    post: {
      summary: 'Go back to what was enforced at a version, and stay there until released',
      security: needs('blocklist:write'),
      requestParams: name,
      requestBody: { content: json(RollbackRequest) },
      responses: { 202: target, 409: problemResponse('That version is not kept'), ...noTarget },
    },
  },
  '/v1/targets/{name}/release': {
    post: {
      summary: 'Follow the entries again',
      security: needs('blocklist:write'),
      requestParams: name,
      responses: { 202: target, ...noTarget },
    },
  },
  '/v1/coverage': {
    get: {
      summary: 'What of the list is enforced at each target, what becomes of the rest, and how long it takes',
      security: needs('blocklist:read'),
      responses: { 200: page(CoverageView), ...refused },
    },
  },
  '/v1/export': {
    get: {
      summary:
        'All blocked addresses as the least number of CIDRs, with ETag: one per line, as a file for nft -f, for the geo module of nginx, or as JSON',
      security: needs('blocklist:read'),
      requestParams: { query: ExportQuery },
      responses: {
        200: {
          description: 'The list',
          content: { 'text/plain': { schema: { type: 'string' } }, ...json(ExportedList) },
        },
        304: { description: 'It has not changed' },
        ...refused,
      },
    },
  },
  '/v1/agents': {
    get: {
      summary: 'Hosts that take the list, and how they keep up',
      security: needs('blocklist:read'),
      responses: { 200: page(AgentView), ...refused },
    },
  },
  '/v1/agents/{name}': {
    post: {
      summary: 'What an agent says of its host',
      security: needs('blocklist:agent'),
      requestParams: { path: AgentParams },
      requestBody: { content: json(AgentReport) },
      responses: { 204: { description: 'It is noted' }, ...refused },
    },
  },
  '/v1/audit': {
    get: {
      summary: 'Every change, in order',
      security: needs('blocklist:read'),
      requestParams: { query: AuditQuery },
      responses: {
        200: { description: 'A page', content: json(z.object({ items: z.array(AuditRecord) })) },
        ...refused,
      },
    },
  },
};

export const openapi = createOpenApiDocument({
  title: 'Groundwork ip-blocklist',
  description: 'What is blocked and allowed, and why.',
  version: '0.1.0',
  paths,
});
