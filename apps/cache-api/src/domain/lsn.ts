/** `16/B374D848`: the upper and the lower 32 bits of a place in the WAL (PostgreSQL, "pg_lsn Type"). Throws a RangeError for what has more than 64 bits. */
export function formatLsn(lsn: bigint): string {
  if (lsn !== BigInt.asUintN(64, lsn)) throw new RangeError(`${lsn} is no LSN: it has 64 bits`);
  const hex = (part: bigint): string => part.toString(16).toUpperCase();
  return `${hex(lsn >> 32n)}/${hex(lsn & 0xffff_ffffn)}`;
}
