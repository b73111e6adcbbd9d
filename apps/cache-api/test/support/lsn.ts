const LSN = /^([0-9A-F]{1,8})\/([0-9A-F]{1,8})$/i;

/** `16/B374D848`: the upper and the lower 32 bits of a place in the WAL (PostgreSQL, "pg_lsn Type"). Throws a TypeError. */
export function parseLsn(text: string): bigint {
  const [, high, low] = LSN.exec(text) ?? [];
  if (high === undefined || low === undefined) throw new TypeError(`"${text}" is no LSN, as 16/B374D848`);
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
}
