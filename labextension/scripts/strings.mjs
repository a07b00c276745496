// Every string a person reads has a Chinese one, and no translation is left over. Run by `npm run build`.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('..', import.meta.url));
const problems = [];
/** Text → where it is said, and its last form: the plural has all placeholders. */
const used = new Map();

const files = readdirSync(`${root}src`, { recursive: true }).filter(
  name => /\.tsx?$/.test(name) && !name.includes('__tests__')
);
for (const name of files) {
  const path = `${root}src/${name}`;
  visit(ts.createSourceFile(name, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true), name);
}
for (const [name, file] of [['schema', 'schema/plugin.json']]) {
  schemaTexts(JSON.parse(readFileSync(`${root}${file}`, 'utf8'))).forEach(text =>
    used.set(text, { where: name, form: text })
  );
}

const catalogue = JSON.parse(readFileSync(`${root}src/locale/zh_CN.json`, 'utf8'));
for (const [text, { where, form }] of used) {
  const translated = catalogue[text];
  if (!translated) {
    problems.push(`${where}: no Chinese for ${JSON.stringify(text)}`);
  } else if (placeholders(form) !== placeholders(translated)) {
    problems.push(`${where}: other placeholders in the Chinese for ${JSON.stringify(text)}`);
  }
}
for (const text of Object.keys(catalogue)) {
  if (!used.has(text)) {
    problems.push(`zh_CN.json: nobody says ${JSON.stringify(text)}`);
  }
}
problems.forEach(problem => console.error(problem));
if (problems.length > 0) {
  process.exit(1);
}

/** Collect the literals of `trans.__()` and `trans._n()`; anything but a literal is a problem. */
function visit(node, file) {
  if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
    const method = node.expression.name.text;
    if (method === '__' || method === '_n') {
      const literals = node.arguments.slice(0, method === '_n' ? 2 : 1);
      if (literals.every(literal => ts.isStringLiteralLike(literal))) {
        used.set(literals[0].text, { where: file, form: literals.at(-1).text });
      } else {
        problems.push(`${file}: ${node.getText()} is not a literal`);
      }
    }
  }
  ts.forEachChild(node, child => visit(child, file));
}

/** The titles and descriptions of the settings, which JupyterLab translates with our catalogue. */
function schemaTexts(value) {
  if (value === null || typeof value !== 'object') {
    return [];
  }
  return Object.entries(value).flatMap(([key, inner]) =>
    (key === 'title' || key === 'description') && typeof inner === 'string' ? [inner] : schemaTexts(inner)
  );
}

function placeholders(text) {
  return [...new Set(text.match(/%\d/g) ?? [])].sort().join();
}
