/**
 * Metric maths of alarms, kept apart from where it is used so that tests can compute it over recorded series. Each is
 * taken for every minute.
 */

/** Percent of answers that are 5xx; below 20 requests a minute one error would be an alarm. */
export const ERROR_RATE = 'IF(FILL(requests, 0) >= 20, 100 * FILL(errors, 0) / requests, 0)';

/** What the slot holds back has grown by, a minute, where it is more than what a burst of writes is, 64 MiB. */
export const slotLagIsGrowing = {
  expression: `IF(lag > ${64 * 2 ** 20}, RATE(lag) * 60, 0)`,
  minutes: 15,
};
