import {
  CreateRuleGroupCommand,
  GetRuleGroupCommand,
  ListTagsForResourceCommand,
  TagResourceCommand,
  UntagResourceCommand,
  type Tag,
} from '@aws-sdk/client-wafv2';
import { describe, expect } from 'vitest';
import type { Aws, Suite } from './contract.ts';
import { refusal, uniqueName, visibility } from './wafv2.ts';

const SCOPE = { Scope: 'REGIONAL' } as const;

/** An empty rule group with the calls about its tags. */
async function newGroup(aws: Aws, Tags?: Tag[]) {
  const Name = uniqueName('group');
  const { Summary } = await aws.waf.send(
    new CreateRuleGroupCommand({
      ...SCOPE,
      Name,
      Capacity: 10,
      Rules: [],
      VisibilityConfig: visibility('group'),
      ...(Tags !== undefined && { Tags }),
    }),
  );
  const ResourceARN = Summary?.ARN ?? '';
  return {
    ResourceARN,
    lockToken: async () =>
      (await aws.waf.send(new GetRuleGroupCommand({ ...SCOPE, Name, Id: Summary?.Id }))).LockToken,
    tag: (tags: Tag[]) => aws.waf.send(new TagResourceCommand({ ResourceARN, Tags: tags })),
    untag: (TagKeys: string[]) => aws.waf.send(new UntagResourceCommand({ ResourceARN, TagKeys })),
    async tags(): Promise<Record<string, string>> {
      const { TagInfoForResource } = await aws.waf.send(new ListTagsForResourceCommand({ ResourceARN }));
      return Object.fromEntries((TagInfoForResource?.TagList ?? []).map(({ Key, Value }) => [Key, Value]));
    },
  };
}

const many = (count: number): Tag[] =>
  Array.from({ length: count }, (_, i) => ({ Key: `key-${String(i).padStart(2, '0')}`, Value: '' }));

export const describeWafTags: Suite = ({ test }) => {
  describe('WAF tags', () => {
    test('a resource has the tags that it was made with', async (aws) => {
      expect(await (await newGroup(aws, [{ Key: 'stage', Value: 'dev' }])).tags()).toEqual({ stage: 'dev' });
    });

    test('a tag is put beside others, and replaces the one of its key', async (aws) => {
      const group = await newGroup(aws);
      await group.tag([
        { Key: 'stage', Value: 'dev' },
        { Key: 'owner', Value: 'a' },
      ]);
      await group.tag([{ Key: 'owner', Value: 'b' }]);
      expect(await group.tags()).toEqual({ stage: 'dev', owner: 'b' });
    });

    test('a tag that is not there can be taken away again', async (aws) => {
      const group = await newGroup(aws, [{ Key: 'stage', Value: 'dev' }]);
      await group.untag(['stage']);
      await group.untag(['stage', 'never']);
      expect(await group.tags()).toEqual({});
    });

    test('tags change no lock token', async (aws) => {
      const group = await newGroup(aws);
      const before = await group.lockToken();
      await group.tag([{ Key: 'stage', Value: 'dev' }]);
      await group.untag(['stage']);
      expect(await group.lockToken()).toBe(before);
    });

    test('a resource takes 50 tags and no more', async (aws) => {
      const group = await newGroup(aws);
      await group.tag(many(50));
      expect(await refusal(group.tag([{ Key: 'one-more', Value: '' }]))).toBe('WAFLimitsExceededException');
      expect(Object.keys(await group.tags())).toHaveLength(50);
    });

    test('tags of what is not there are neither shown nor changed', async (aws) => {
      const { ResourceARN } = await newGroup(aws);
      const gone = { ResourceARN: ResourceARN.replace(/[^/]+$/, '00000000-0000-4000-8000-000000000000') };
      const calls = [
        aws.waf.send(new ListTagsForResourceCommand(gone)),
        aws.waf.send(new TagResourceCommand({ ...gone, Tags: many(1) })),
        aws.waf.send(new UntagResourceCommand({ ...gone, TagKeys: ['stage'] })),
      ];
      expect(new Set(await Promise.all(calls.map(refusal)))).toEqual(
        new Set(['WAFNonexistentItemException']),
      );
    });

    test('tags come in pages', async (aws) => {
      const { ResourceARN, tag } = await newGroup(aws);
      await tag(many(3));
      const page = (NextMarker?: string) =>
        aws.waf.send(new ListTagsForResourceCommand({ ResourceARN, Limit: 2, NextMarker }));
      const first = await page();
      expect(first.TagInfoForResource).toMatchObject({ ResourceARN, TagList: many(2) });
      const second = await page(first.NextMarker);
      expect(second.TagInfoForResource?.TagList).toEqual(many(3).slice(2));
      expect(second.NextMarker).toBeUndefined();
    });

    for (const [what, tags] of [
      ['a tag without a key', [{ Key: '', Value: 'x' }]],
      ['a key of 129 characters', [{ Key: 'k'.repeat(129), Value: 'x' }]],
      ['a value of 257 characters', [{ Key: 'k', Value: 'x'.repeat(257) }]],
      ['a key with a bracket', [{ Key: '<k>', Value: 'x' }]],
      ['no tag at all', []],
    ] as const) {
      test(`${what} is refused`, async (aws) => {
        const group = await newGroup(aws);
        expect(await refusal(group.tag([...tags]))).toBe('WAFInvalidParameterException');
      });
    }
  });
};
