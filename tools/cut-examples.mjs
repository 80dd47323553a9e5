// Cuts the examples out of op files. Tests and docs/ops.md need them, from src/; who uses the package does not, and in a browser they weigh as much as the
// gradient rules.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

/** The names that a variable statement, or a part of one, declares. */
const declared = (node) =>
  ts.isVariableDeclaration(node) || ts.isBindingElement(node)
    ? ts.isIdentifier(node.name)
      ? [node.name.text]
      : node.name.elements.flatMap(declared)
    : (node.declarationList?.declarations ?? []).flatMap(declared);

/** The statements that declare names of this file alone, and the specifiers of its imports: what goes when nothing uses it any more. */
function declarations(file) {
  const found = [];
  for (const statement of file.statements) {
    if (ts.isImportDeclaration(statement)) {
      const bindings = statement.importClause?.namedBindings;
      if (bindings && ts.isNamedImports(bindings)) for (const e of bindings.elements) found.push({ names: [e.name.text], node: e, statement });
    } else if (!statement.modifiers?.some((m) => m.kind === ts.SyntaxKind.ExportKeyword)) {
      if (ts.isFunctionDeclaration(statement)) found.push({ names: [statement.name.text], node: statement, statement });
      else if (ts.isVariableStatement(statement)) found.push({ names: declared(statement), node: statement, statement });
    }
  }
  return found;
}

/** The names that a file uses outside of the nodes in `gone`; a name does not count within its own declaration. */
function uses(file, gone, own) {
  const used = new Set();
  const visit = (node, inside) => {
    if (gone.has(node)) return;
    const within = own.has(node) ? [...inside, ...own.get(node)] : inside;
    if (ts.isIdentifier(node)) {
      const isKey = (ts.isPropertyAccessExpression(node.parent) || ts.isPropertyAssignment(node.parent)) && node.parent.name === node;
      if (!isKey && !within.includes(node.text)) used.add(node.text);
    }
    ts.forEachChild(node, (child) => visit(child, within));
  };
  visit(file, []);
  return used;
}

/**
 * Returns an op file, in TypeScript or JavaScript, with `examples: []` for its examples, and without the imports and declarations that only they use. Lines
 * stay where they are, so that source maps stay true.
 */
export function withoutExamples(text, name) {
  const file = ts.createSourceFile(name, text, ts.ScriptTarget.ESNext, true);
  const gone = new Set();
  const cuts = [];
  const cut = (start, end, by) => cuts.push([start, end, by + "\n".repeat(text.slice(start, end).split("\n").length - 1)]);
  const findExamples = (node) => {
    if ((ts.isPropertyAssignment(node) || ts.isShorthandPropertyAssignment(node)) && node.name.getText() === "examples") {
      gone.add(node);
      cut(node.getStart(), node.end, "examples: []");
    } else ts.forEachChild(node, findExamples);
  };
  findExamples(file);
  if (gone.size === 0) return text;
  const own = declarations(file);
  const nodes = new Map(own.map((d) => [d.node, d.names]));
  const before = uses(file, new Set(), nodes);
  for (let more = true; more;) {
    more = false;
    const used = uses(file, gone, nodes);
    for (const { names, node } of own) {
      if (gone.has(node) || names.some((n) => used.has(n)) || !names.some((n) => before.has(n))) continue;
      gone.add(node);
      more = true;
    }
  }
  for (const statement of new Set(own.map((d) => d.statement))) {
    const here = own.filter((d) => d.statement === statement);
    const left = here.filter((d) => !gone.has(d.node));
    if (left.length === here.length) continue;
    if (left.length === 0) cut(statement.getStart(file, true), statement.end, "");
    else {
      const { elements } = statement.importClause.namedBindings;
      cut(elements[0].getStart(), elements.end, left.map((d) => d.node.getText()).join(", "));
    }
  }
  return cuts.sort((a, b) => b[0] - a[0]).reduce((t, [start, end, by]) => t.slice(0, start) + by + t.slice(end), text);
}

/** Cuts the examples out of the compiled op files in a folder. */
export function cutExamples(folder) {
  for (const name of readdirSync(folder, { recursive: true }).filter((n) => n.endsWith(".js"))) {
    const path = join(folder, name);
    const text = readFileSync(path, "utf8");
    const shorter = withoutExamples(text, path);
    if (shorter !== text) writeFileSync(path, shorter);
  }
}

/** A plugin for esbuild that bundles the sources of the op files as the package has them. */
export const examplesCut = {
  name: "examples-cut",
  setup: (build) =>
    build.onLoad({ filter: /\/src\/ops\/.*\.ts$/ }, ({ path }) => ({ contents: withoutExamples(readFileSync(path, "utf8"), path), loader: "ts" })),
};
