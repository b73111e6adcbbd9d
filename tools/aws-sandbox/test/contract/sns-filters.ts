import { describe, expect } from 'vitest';
import type { Suite } from './contract.ts';
import { Queue } from './queues.ts';
import { newTopic, publish, rawDelivery as raw, subscribe } from './topics.ts';

const text = (StringValue: string) => ({ DataType: 'String', StringValue });
const number = (value: number) => ({ DataType: 'Number', StringValue: String(value) });

export const describeFilters: Suite = ({ test }) => {
  describe('SNS filter policies', () => {
    test('a filter policy selects messages by their attributes', async (aws) => {
      const [topic, queue] = [await newTopic(aws), await Queue.create(aws)];
      const FilterPolicy = JSON.stringify({
        colour: ['red', { prefix: 'dark-' }],
        size: [{ numeric: ['>=', 10, '<', 20] }],
        draft: [{ exists: false }],
        owner: [{ 'anything-but': ['nobody'] }],
      });
      await subscribe(aws, topic, queue, { ...raw, FilterPolicy });
      const good = { colour: text('red'), size: number(10), owner: text('ann') };
      const { owner: _, ...ownerless } = good;
      const sent = {
        'wrong colour': { ...good, colour: text('blue') },
        'too large': { ...good, size: number(20) },
        'a draft': { ...good, draft: text('yes') },
        'a wrong owner': { ...good, owner: text('nobody') },
        'no owner': ownerless,
        right: good,
        'right by prefix': { ...good, colour: text('dark-blue') },
      };
      for (const [body, MessageAttributes] of Object.entries(sent)) {
        await publish(aws, topic, body, { MessageAttributes });
      }
      const bodies = await queue.takeBodies(2);
      expect(bodies.toSorted()).toEqual(['right', 'right by prefix']);
      expect(await queue.bodies()).toEqual([]);
    });

    test('a filter policy may look at the body', async (aws) => {
      const [topic, queue] = [await newTopic(aws), await Queue.create(aws)];
      const FilterPolicy = JSON.stringify({ flower: { colour: ['red'] } });
      await subscribe(aws, topic, queue, {
        ...raw,
        FilterPolicyScope: 'MessageBody',
        FilterPolicy,
      });
      const bodies = ['blue', 'red'].map((colour) => JSON.stringify({ flower: { colour } }));
      for (const body of bodies) await publish(aws, topic, body);
      expect(await queue.takeBodies(1)).toEqual([bodies[1]]);
      expect(await queue.bodies()).toEqual([]);
    });
  });
};
