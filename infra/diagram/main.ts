import { writeFileSync } from 'node:fs';
import { modelOfAllStages } from '../all-models.ts';
import { stages } from '../parameters.ts';
import { draw } from './draw.ts';
import { graphOf } from './graph.ts';

const model = modelOfAllStages();
for (const stage of Object.keys(stages)) {
  writeFileSync(
    new URL(`../../docs/architecture-${stage}.svg`, import.meta.url),
    await draw(stage, graphOf(model, stage)),
  );
}
