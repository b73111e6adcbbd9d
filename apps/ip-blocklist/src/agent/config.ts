import { parse } from '@groundwork/ip-ranges';
import {
  integerSetting,
  listSetting,
  numberSetting,
  portSetting,
  processSettings,
  setting,
} from '@groundwork/service';
import { AgentName } from '@groundwork/contracts';
import { z } from 'zod';

const ranges = listSetting().refine(
  (list) => list.every((one) => parse(one.slice(one.indexOf('=') + 1)).ok),
  'must be addresses or networks',
);

export const Config = z
  .object({
    ...processSettings,
    BLOCKLIST_URL: setting(z.url({ protocol: /^https?$/ }), {
      description: 'Where the service is; a path in front of it belongs to it',
      example: 'https://blocklist.internal',
    }),
    AGENT_NAME: setting(AgentName.optional(), {
      description: 'What this host is called there; without it, its host name',
      example: 'web-1',
    }),
    AGENT_API_KEY: setting(z.string().optional(), {
      description: 'API key with the scopes blocklist:read and blocklist:agent',
      example: 'gw_…',
      secret: true,
    }),
    AGENT_API_KEY_FILE: setting(z.string().optional(), {
      description: 'File with that key, instead; read at start',
      example: '/run/credentials/groundwork-agent.service/key',
    }),
    POLL_SECONDS: setting(numberSetting({ min: 0.1, max: 3_600 }).default(5), {
      description: 'How often the service is asked for the list, in seconds',
      example: '5',
    }),
    NFT_TABLE: setting(
      z
        .string()
        .regex(/^[a-zA-Z][a-zA-Z0-9_]{0,30}$/, 'must be a name that nftables takes')
        .default('groundwork'),
      { description: 'Table of family inet that belongs to the agent', example: 'groundwork' },
    ),
    NFT_BINARY: setting(z.string().default('nft'), {
      description: 'The program nft',
      example: '/usr/sbin/nft',
    }),
    ALWAYS_ADMIT: setting(ranges.default([]), {
      description: 'Addresses that are never blocked on this host, comma-separated, with or without a name',
      example: 'office=203.0.113.0/24,2001:db8::/48',
    }),
    SSH_PORTS: setting(listSetting().pipe(z.array(portSetting()).min(1)).default([22]), {
      description: 'Ports of sshd: whoever is connected to one is not locked out, comma-separated',
      example: '22,2222',
    }),
    SSH_CONNECTION: setting(z.string().optional(), {
      description: 'Set by sshd when the agent is started from a session: its peer is not locked out',
      example: '203.0.113.9 50000 192.0.2.1 22',
    }),
    STATE_FILE: setting(z.string().default('/var/lib/groundwork/blocklist.json'), {
      description: 'Where the last list is kept, so that it is enforced after a reboot without the service',
      example: '/var/lib/groundwork/blocklist.json',
    }),
    AGENT_PORT: setting(integerSetting({ min: 1, max: 65_535 }).optional(), {
      description: 'Port on loopback for /healthz and /metrics; without it there is none',
      example: '9469',
    }),
  })
  .superRefine(({ AGENT_API_KEY, AGENT_API_KEY_FILE }, ctx) => {
    if (AGENT_API_KEY === undefined || AGENT_API_KEY_FILE === undefined) return;
    const message = 'must not be set together with AGENT_API_KEY';
    ctx.addIssue({ code: 'custom', path: ['AGENT_API_KEY_FILE'], message });
  });
