// Bundles the pages for the platform: hashed names, and a manifest.json that its page handler reads.
import { build } from 'esbuild';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const out = `${root}../services/platform/hubkin_platform/static`;

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: { hubkin: 'src/pages/index.tsx' },
  outdir: out,
  entryNames: '[name]-[hash]',
  chunkNames: '[name]-[hash]',
  assetNames: '[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  target: 'es2020',
  minify: true,
  legalComments: 'linked',
  define: { 'process.env.NODE_ENV': '"production"' },
  metafile: true,
  logLevel: 'warning'
});

const [path, entry] = Object.entries(metafile.outputs).find(
  ([, output]) => output.entryPoint === 'src/pages/index.tsx'
);
const manifest = { script: basename(path), style: basename(entry.cssBundle) };
writeFileSync(`${out}/manifest.json`, JSON.stringify(manifest, null, 2) + '\n');
