/** First day of the month in UTC, by which AWS bills: `2026-11-01`. */
export const monthOf = (at: Date): string => `${at.toISOString().slice(0, 7)}-01`;

export const leftOf = (budget: number, spent: number): number => Math.max(0, budget - spent);
