import { examples } from '../architectures/all.ts';
import { newApp } from '../new-app.ts';

/** `npx cdk --app 'node bin/examples.ts' deploy example/<stack>`: one architecture by itself, to look at or to begin with. */
const app = newApp();
examples(app);
app.synth();
