export { createEdge, type Edge, type EdgeOptions } from './create-edge.ts';
