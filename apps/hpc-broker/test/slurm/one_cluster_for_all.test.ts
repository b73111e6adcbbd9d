// One after the other, as they share a cluster that is full of an array of a thousand now and then, and of which
// nodes die. That comes last: slurmctld lists what has ended for minutes, and each list of it costs.
import './exported-scripts.ts';
import './contract.ts';
import './dying-brokers.ts';
import './jobs.ts';
