import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { receiverStacks } from '../infra/receiver-stacks.ts';
import { RECEIVER_VARIANTS } from '../infra/receiver-variants.ts';
import { python } from './environment.ts';

// What the package's own command is made of.
const CFN_LINT = 'import sys; from cfnlint.runner import main; sys.exit(main())';

// Every template of every variant, by cfn-lint, with .cfnlintrc. It is silent where it finds nothing.
const directories = RECEIVER_VARIANTS.map(([, props]) => receiverStacks(props).app.synth().directory);
const templates = directories.map((directory) => join(directory, '*.template.json'));
const { status, error } = spawnSync(python, ['-c', CFN_LINT, '--', ...templates], { stdio: 'inherit' });
for (const directory of directories) {
  rmSync(directory, { recursive: true });
}
if (status !== 0) {
  console.error(error?.message ?? `${python}: cfn-lint ended with ${status} (npm run python installs it)`);
  process.exit(1);
}
console.log(`cfn-lint finds nothing in the templates of ${RECEIVER_VARIANTS.length} receivers`);
