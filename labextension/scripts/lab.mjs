// Builds the prebuilt Lab extension with @jupyter/builder, without a Python or a JupyterLab at hand.
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const at = path => `${root}node_modules/${path}`;

rmSync(`${root}../extensions/hubkin_server/labextension`, { recursive: true, force: true });
execFileSync(
  process.execPath,
  [
    at('@jupyter/builder/lib/build-labextension.js'),
    '--core-package-file',
    at('@jupyterlab/core-meta/core.package.json'),
    ...process.argv.slice(2),
    root
  ],
  { stdio: 'inherit', cwd: root }
);
