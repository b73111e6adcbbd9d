export * from './settings.ts';
export * from './database.ts';
export * from './migrate.ts';
export * from './transactions.ts';
export * from './lease.ts';
export * from './leader.ts';
export * from './idempotency.ts';
export * from './provision.ts';
