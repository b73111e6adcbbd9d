import type { Version } from '../../domain/networks.ts';

export type Action = 'block' | 'allow';

/** What an IP set is for. */
export interface Role {
  action: Action;
  version: Version;
}

export const ROLES: readonly Role[] = (['block', 'allow'] as const).flatMap((action) =>
  (['v4', 'v6'] as const).map((version) => ({ action, version })),
);

/** By its name a set is ours: `<rule group>-<action>-<version>-<number>`. Undefined for what is not. */
export function roleOf(name: string, ruleGroup: string): Role | undefined {
  const prefix = `${ruleGroup}-`;
  if (!name.startsWith(prefix)) return undefined;
  const [, action, version] = /^(block|allow)-(v4|v6)-[1-9]\d*$/.exec(name.slice(prefix.length)) ?? [];
  return action === undefined ? undefined : { action: action as Action, version: version as Version };
}

/** The next name of that kind that is not taken. */
export function newName({ action, version }: Role, ruleGroup: string, taken: ReadonlySet<string>): string {
  for (let number = 1; ; number += 1) {
    const name = `${ruleGroup}-${action}-${version}-${number}`;
    if (!taken.has(name)) return name;
  }
}
