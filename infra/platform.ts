import type { App } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { Parameters } from './parameters.ts';
import { Data } from './stacks/data.ts';
import { EdgeLogs } from './stacks/edge-logs.ts';
import { Edge } from './stacks/edge.ts';
import { Entrance } from './stacks/entrance.ts';
import { Events } from './stacks/events.ts';
import { Firewall } from './stacks/firewall.ts';
import { Hpc } from './stacks/hpc.ts';
import { Network } from './stacks/network.ts';
import { Observability } from './stacks/observability.ts';
import { Services } from './stacks/services.ts';

/** All stacks of a stage, each with those it is built on. */
export function platform(app: App, parameters: Parameters) {
  // The longest name that is made of it, of a target group, may have 32 characters.
  if (!/^[a-z][a-z0-9]{0,7}$/.test(parameters.stage)) {
    throw new Error(`stage ${JSON.stringify(parameters.stage)}: take up to 8 lower-case letters and digits`);
  }
  const stage = new Construct(app, parameters.stage);
  const network = new Network(stage, parameters);
  const data = new Data(stage, parameters, { network });
  const events = new Events(stage, parameters);
  const entrance = new Entrance(stage, parameters, { network, events });
  const firewall = new Firewall(stage, parameters);
  const edge = new Edge(stage, parameters, { events, entrance, firewall });
  const edgeLogs = new EdgeLogs(stage, parameters, { events, firewall, edge });
  const hpc = parameters.hpc && new Hpc(stage, parameters, { network, events });
  const services = new Services(stage, parameters, { network, data, events, entrance, edge, hpc });
  const observability = new Observability(stage, parameters, { data, events, entrance, services });
  return { network, data, events, entrance, firewall, edge, edgeLogs, hpc, services, observability };
}
