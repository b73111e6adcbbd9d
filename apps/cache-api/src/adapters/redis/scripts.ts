import { createHash } from 'node:crypto';
import { ID_AT } from '../../domain/record-bytes.ts';

/*
 * KEYS[1] is the entry, KEYS[2] its lease; both are in one slot. A script runs alone (redis.io, "Scripting
 * with Lua", atomicity), so nothing comes between its comparison and its write.
 */

export interface Script {
  lua: string;
  sha: string;
}

const script = (lua: string): Script => ({ lua, sha: createHash('sha1').update(lua).digest('hex') });

const ID = `redis.call('GETRANGE', KEYS[1], ${ID_AT.join(', ')})`;

/** id of what was seen, token, ms → 1 when won, 0 when changed, or minus the ms that somebody else holds it. */
export const TAKE = script(`
if ${ID} ~= ARGV[1] then return 0 end
if redis.call('SET', KEYS[2], ARGV[2], 'NX', 'PX', ARGV[3]) then return 1 end
return -math.max(1, redis.call('PTTL', KEYS[2]))`);

/** token, id of what was seen when it was taken, bytes, ms → 1 when stored. */
export const FILL = script(`
if redis.call('GET', KEYS[2]) ~= ARGV[1] or ${ID} ~= ARGV[2] then return 0 end
redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[4])
redis.call('DEL', KEYS[2])
return 1`);

/** token. */
export const RELEASE = script(`
if redis.call('GET', KEYS[2]) == ARGV[1] then redis.call('DEL', KEYS[2]) end
return 1`);

/** id of what was seen, bytes, ms → 1 when stored. */
export const REPLACE = script(`
if ${ID} ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
redis.call('DEL', KEYS[2])
return 1`);

/** KEYS[1] is a generation. The one that was seen or nothing, the next, ms → 1 when it is there. */
export const SWAP = script(`
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`);
