import { z } from 'zod';
import type { AutoScaling } from '../autoscaling/service.ts';
import type { Reply } from '../http/reply.ts';
import { isGone } from './instances/instance.ts';
import { Ec2Times } from './time/settings.ts';
import type { Cloud } from './time/cloud.ts';
import { shownState } from './volumes/describe-volumes.ts';

/** A year at most. */
const Clock = z.strictObject({ advanceMs: z.int().min(0).max(31_536_000_000) });
const Zone = z.strictObject({ zone: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d[a-f]$/), lost: z.boolean() });
const Status = z.strictObject({ status: z.enum(['impaired', 'ok']) });
const Mount = z.strictObject({ mounted: z.boolean() });

type Answer = (status: number, body: unknown) => Reply;

/**
 * GET, PUT /_sandbox/ec2: how long things take, of Auto Scaling too
 * GET, POST /_sandbox/ec2/clock: what time it is and when the next thing is due; puts the clock forward
 * GET, POST /_sandbox/ec2/zones: loses an Availability Zone, or gives it back
 * POST /_sandbox/ec2/instances/{id}/fail: the status checks of an instance
 * GET, PUT /_sandbox/ec2/volumes/{id}: where the contents of a volume are; whether it is mounted
 * Undefined when there is no such route.
 */
export function ec2Control(
  { cloud, autoScaling }: { cloud: Cloud; autoScaling: AutoScaling },
  { route, id, verb }: { route: string; id: string; verb: string },
  body: unknown,
  json: Answer,
): Reply | undefined {
  switch (verb === '' ? route : `${route}/${verb}`) {
    case 'GET ':
      return json(200, cloud.times);
    case 'PUT ':
      cloud.do(() => cloud.settings.set(Ec2Times.parse(body)));
      return json(200, cloud.times);
    case 'GET clock':
      return cloud.do(() => json(200, { now: cloud.now, nextDueMs: cloud.nextDueMs() }));
    case 'POST clock':
      cloud.advance(Clock.parse(body).advanceMs);
      return { status: 204 };
    case 'GET zones':
      return json(200, cloud.zones.all());
    case 'POST zones': {
      const { zone, lost } = Zone.parse(body);
      cloud.do(() => {
        if (lost) return cloud.zones.lose(zone, cloud.now);
        cloud.zones.restore(zone);
        autoScaling.tryAgain();
      });
      return { status: 204 };
    }
    case 'POST instances/fail':
      return cloud.do(() => fail(cloud, id, Status.parse(body).status, json));
    case 'GET volumes':
      return cloud.do(() => volume(cloud, id, json));
    case 'PUT volumes':
      return cloud.do(() => mount(cloud, id, Mount.parse(body).mounted, json));
    default:
      return undefined;
  }
}

function fail(cloud: Cloud, id: string, status: 'impaired' | 'ok', json: Answer): Reply {
  const instance = cloud.items.locate('instance', id)?.item;
  if (instance === undefined || isGone(instance)) return json(404, { error: `There is no instance ${id}.` });
  if (status === 'ok') delete instance.impairedSince;
  else instance.impairedSince ??= cloud.now;
  cloud.items.replace(instance);
  return { status: 204 };
}

function volume(cloud: Cloud, id: string, json: Answer): Reply {
  const found = cloud.items.locate('volume', id)?.item;
  if (found === undefined) return json(404, { error: `There is no volume ${id}.` });
  const { attachment, state, mounted } = found;
  return json(200, {
    directory: cloud.disks.volume(id),
    state,
    mounted,
    ...(attachment && {
      attachment: { instanceId: attachment.instanceId, device: attachment.device, state: shownState(found) },
    }),
  });
}

/** Told by whoever plays the part of the instance's `mount` and `umount`. */
function mount(cloud: Cloud, id: string, mounted: boolean, json: Answer): Reply {
  const found = cloud.items.locate('volume', id)?.item;
  if (found === undefined) return json(404, { error: `There is no volume ${id}.` });
  if (mounted && found.attachment?.state !== 'attached')
    return json(409, { error: `${id} is ${found.attachment?.state ?? found.state}, not attached.` });
  cloud.items.replace({ ...found, mounted });
  return volume(cloud, id, json);
}
