import ts from "typescript";

/** A string that names an op where it decides something, and where it stands. */
export interface NamedOp {
  readonly line: number;
  readonly name: string;
  readonly how: "comparison" | "case" | "list" | "key" | "pattern" | "prefix" | "words";
}

const EQUALITIES: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.EqualsEqualsEqualsToken,
  ts.SyntaxKind.ExclamationEqualsEqualsToken,
  ts.SyntaxKind.EqualsEqualsToken,
  ts.SyntaxKind.ExclamationEqualsToken,
]);
const SEARCHES: ReadonlySet<string> = new Set(["includes", "indexOf", "has", "get", "some", "every", "find", "filter"]);
const PREFIXES: ReadonlySet<string> = new Set(["startsWith", "endsWith"]);
/** Shorter beginnings are those of many words. */
const SHORTEST_PREFIX = 3;

/** The call whose callee is a method of `node`, seen through parentheses and type assertions. */
function methodOn(node: ts.Node): string | undefined {
  let at = node;
  while (ts.isParenthesizedExpression(at.parent) || ts.isAsExpression(at.parent) || ts.isSatisfiesExpression(at.parent)) at = at.parent;
  const access = at.parent;
  return ts.isPropertyAccessExpression(access) && access.expression === at && ts.isCallExpression(access.parent) ? access.name.text : undefined;
}

/** Whether an array literal is a list that something is looked up in: a Set, a Map's keys, a searched list or a constant's value. */
function isTable(array: ts.ArrayLiteralExpression): boolean {
  const method = methodOn(array);
  if (method !== undefined) return SEARCHES.has(method);
  let at: ts.Node = array.parent;
  while (ts.isParenthesizedExpression(at) || ts.isAsExpression(at) || ts.isSatisfiesExpression(at)) at = at.parent;
  // [["Add", …], ["Sub", …]]: the first of each pair is a key.
  if (ts.isArrayLiteralExpression(at)) return isTable(at);
  if (ts.isSpreadElement(at)) return isTable(at.parent as ts.ArrayLiteralExpression);
  return (
    (ts.isNewExpression(at) && ["Set", "Map"].includes(at.expression.getText())) ||
    (ts.isVariableDeclaration(at) && ts.isSourceFile(at.parent.parent.parent))
  );
}

/** Every string of a source that names one of `ops` and that values are compared with, or looked up by. What only makes a node does not count. */
export function comparedOps(source: string, ops: ReadonlySet<string>): readonly NamedOp[] {
  const file = ts.createSourceFile("source.ts", source, ts.ScriptTarget.Latest, true);
  const found: NamedOp[] = [];
  const report = (node: ts.Node, name: string, how: NamedOp["how"]): void =>
    void found.push({ line: file.getLineAndCharacterOfPosition(node.getStart()).line + 1, name, how });
  const namesOp = (text: string): boolean => ops.has(text);

  const literal = (node: ts.StringLiteralLike): void => {
    const { parent } = node;
    if (namesOp(node.text)) {
      if (ts.isBinaryExpression(parent) && EQUALITIES.has(parent.operatorToken.kind)) report(node, node.text, "comparison");
      else if (ts.isCaseClause(parent)) report(node, node.text, "case");
      else if (ts.isArrayLiteralExpression(parent) && isTable(parent)) report(node, node.text, "list");
      else if (ts.isElementAccessExpression(parent) && parent.argumentExpression === node) report(node, node.text, "key");
      else if (ts.isCallExpression(parent) && ts.isPropertyAccessExpression(parent.expression) && SEARCHES.has(parent.expression.name.text))
        report(node, node.text, "comparison");
    }
    // "Add Sub Mul".split(" "), in one piece or joined from several
    let whole: ts.Node = node;
    while (ts.isBinaryExpression(whole.parent) || ts.isParenthesizedExpression(whole.parent)) whole = whole.parent;
    const words = node.text.split(/[\s,;|]+/).filter(namesOp);
    const named = ts.isVariableDeclaration(whole.parent);
    if (
      words.length > 0 &&
      (methodOn(whole) === "split" || (named && words.length > 2 && words.length === node.text.trim().split(/[\s,;|]+/).length))
    )
      for (const word of words) report(node, word, "words");
    if (ts.isCallExpression(parent) && ts.isPropertyAccessExpression(parent.expression) && PREFIXES.has(parent.expression.name.text)) {
      const begins = parent.expression.name.text === "startsWith";
      const { text } = node;
      if (text.length >= SHORTEST_PREFIX && [...ops].some((op) => (begins ? op.startsWith(text) : op.endsWith(text)))) report(node, text, "prefix");
    }
  };

  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return;
    if (ts.isStringLiteralLike(node)) literal(node);
    else if (ts.isRegularExpressionLiteral(node)) {
      for (const word of node.text.split(/[^A-Za-z0-9]+/)) if (namesOp(word)) report(node, word, "pattern");
    } else if (ts.isObjectLiteralElementLike(node) && node.name && ts.isObjectLiteralExpression(node.parent)) {
      const key = ts.isIdentifier(node.name) || ts.isStringLiteralLike(node.name) ? node.name.text : "";
      if (namesOp(key)) report(node, key, "key");
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}
