import { modelOfAllStages, modelOfExamples } from '../all-models.ts';
import { EXAMPLE } from '../architectures/example-stack.ts';
import { stages } from '../parameters.ts';
import { costs } from './cost-of.ts';
import { readPrices } from './price-list.ts';
import { tableOf, tableOfExamples } from './table.ts';

const model = modelOfAllStages();
const prices = readPrices();
for (const stage of Object.keys(stages)) {
  process.stdout.write(`${tableOf(stage, costs(model, stage, prices), prices)}\n`);
}
const drawn = modelOfExamples();
const stacks = [...new Set(drawn.resources.map(({ stack }) => stack))];
process.stdout.write(`${tableOfExamples(stacks, costs(drawn, EXAMPLE.stage, prices), prices)}\n`);
process.stdout.write(
  `What is used comes on top:\n${Object.entries(prices.used)
    .map(([what, price]) => `  ${what}: ${price}\n`)
    .join('')}`,
);
