import ts from "typescript";

// What the program made it knows by fields: it reads nothing back out of a text of its own.

/** Methods that only texts have, and that look into them. */
const OF_TEXTS = /^(startsWith|endsWith|replace|replaceAll|match|matchAll|search|split|substring|charAt|charCodeAt)$/;
/** Methods that lists have too: they look into a text where what they belong to is named like one. */
const OF_TEXTS_AND_LISTS = /^(slice|includes|indexOf|lastIndexOf|at)$/;
const NAMED_LIKE_A_TEXT = /^(what|arm|sentence|name|label|summary|rule|words|negated|text|title|clause|axis|means|clip|of)$/;

/** A place where a text is read. */
export interface Reading {
  readonly line: number;
  readonly code: string;
}

/** The last name of an expression: `name` of `row.arm.name`. */
const lastName = (e: ts.Expression): string =>
  ts.isPropertyAccessExpression(e) ? e.name.text : ts.isIdentifier(e) ? e.text : ts.isNonNullExpression(e) ? lastName(e.expression) : "";

function looksInto(node: ts.Node): boolean {
  if (ts.isRegularExpressionLiteral(node)) return true;
  if (ts.isNewExpression(node) && lastName(node.expression) === "RegExp") return true;
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return false;
  const { name, expression: from } = node.expression;
  return OF_TEXTS.test(name.text) || (OF_TEXTS_AND_LISTS.test(name.text) && NAMED_LIKE_A_TEXT.test(lastName(from)));
}

/** Finds where a source file looks into a text, each line once. */
export function readings(path: string, source: string): readonly Reading[] {
  const file = ts.createSourceFile(path, source, { languageVersion: ts.ScriptTarget.Latest, jsDocParsingMode: ts.JSDocParsingMode.ParseNone });
  const lines = new Set<number>();
  const visit = (node: ts.Node): void => {
    if (looksInto(node)) lines.add(file.getLineAndCharacterOfPosition(node.getEnd()).line);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return [...lines].map((line) => ({ line: line + 1, code: source.split("\n")[line]!.trim() }));
}
