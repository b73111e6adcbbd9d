import { checkPolicy, policyOf, POLICY_SETTINGS, type Complain } from './policy-settings.ts';
import type { Namespace } from './resource.ts';
import { DAY_MS, type NamespaceSettings } from './schema.ts';

/** The checks that need more than one setting. */
export function toNamespace(settings: NamespaceSettings, complain: Complain): Namespace {
  const { name, kind, visibility, ttl, maxBytes } = settings;
  const maxTtlMs = settings.maxTtl ?? Math.max(ttl, DAY_MS);
  if (maxTtlMs < ttl)
    complain(['maxTtl'], `must be at least the ttl, and they are ${maxTtlMs}ms and ${ttl}ms`);
  const common = { name, visibility, ttlMs: ttl, maxTtlMs, maxBytes };
  if (kind === 'volatile') {
    for (const setting of POLICY_SETTINGS.filter((key) => settings[key] !== undefined)) {
      complain([setting], 'is for the kind postgres: what is volatile is loaded from nowhere');
    }
    return { ...common, kind };
  }
  const policy = policyOf(ttl, settings);
  checkPolicy(policy, complain);
  return { ...common, kind, policy };
}
