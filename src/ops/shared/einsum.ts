import type { GraphBuilder } from "../../graph/builder.js";
import { sizeOf } from "../../graph/tensor.js";

/** What an Einsum equation says about operands of known ranks: one label per axis. Ellipsis axes are labelled `#0`, `#1`, … from the left. */
export interface Equation {
  readonly operands: readonly (readonly string[])[];
  readonly output: readonly string[];
}

type Fail = (what: string) => never;

/** Reads an equation such as `bij,bjk->bik`; blanks do not count, `...` stands for leading broadcast axes. */
export function parseEquation(equation: string, ranks: readonly number[], fail: Fail): Equation {
  const text = equation.replace(/\s+/g, "");
  const [left = "", right, more] = text.split("->");
  if (more !== undefined) fail(`the equation "${equation}" has two arrows`);
  const terms = left.split(",");
  if (terms.length !== ranks.length) fail(`the equation "${equation}" describes ${terms.length} operands, but there are ${ranks.length}`);
  const covered = terms.map((term, i) => {
    const letters = term.replace("...", "").length;
    if (!/^[A-Za-z]*(\.\.\.)?[A-Za-z]*$/.test(term)) fail(`the equation "${equation}" has the unreadable term "${term}"`);
    if (term.includes("...") ? ranks[i]! < letters : ranks[i] !== letters)
      fail(`the term "${term}" of the equation "${equation}" does not fit an operand of rank ${ranks[i]}`);
    return ranks[i]! - letters;
  });
  const widest = Math.max(...covered);
  const dots = Array.from({ length: widest }, (_, i) => `#${i}`);
  const labels = (term: string, ellipsis: readonly string[]): string[] => {
    const at = term.indexOf("...");
    return at < 0 ? [...term] : [...term.slice(0, at), ...ellipsis, ...term.slice(at + 3)];
  };
  const operands = terms.map((term, i) => labels(term, dots.slice(widest - covered[i]!)));
  const seen = operands.flat();
  if (right === undefined) {
    const once = seen.filter((l) => !l.startsWith("#") && seen.indexOf(l) === seen.lastIndexOf(l));
    return { operands, output: [...dots, ...once.sort()] };
  }
  if (!/^[A-Za-z]*(\.\.\.)?[A-Za-z]*$/.test(right)) fail(`the equation "${equation}" has the unreadable output "${right}"`);
  const output = labels(right, dots);
  for (const l of output) {
    if (output.indexOf(l) !== output.lastIndexOf(l)) fail(`the equation "${equation}" names "${l}" twice in its output`);
    if (!seen.includes(l)) fail(`the equation "${equation}" has the output "${l}", which no operand has`);
  }
  return { operands, output };
}

/** A value whose axes carry labels, none of them twice and none of size 1. */
interface Labelled {
  readonly value: string;
  readonly labels: readonly string[];
}

/** Appends what an equation stands for: each pair of operands, left to right, becomes one (batched) MatMul, or a Mul where nothing is summed. */
export function contract(b: GraphBuilder, equation: Equation, values: readonly string[], fail: Fail): string {
  const sizes = labelSizes(b, equation, values, fail);
  const operands = equation.operands.map((labels, i) => plain(b, diagonal(b, { value: values[i]!, labels }, fail)));
  const output = equation.output.filter((l) => sizes.get(l) !== 1);
  let done: Labelled | undefined;
  operands.forEach((operand, i) => {
    const later = new Set([...output, ...operands.slice(i + 1).flatMap((o) => o.labels)]);
    if (!done) {
      done = summed(b, operand, later);
      return;
    }
    const [p, q] = [done, operand];
    done = product(b, summed(b, p, new Set([...later, ...q.labels])), summed(b, q, new Set([...later, ...p.labels])), later, sizes);
  });
  const { value, labels } = done!;
  const ordered = b.transpose(
    value,
    output.map((l) => labels.indexOf(l)),
  );
  return b.reshape(
    ordered,
    equation.output.map((l) => sizes.get(l)!),
  );
}

function labelSizes(b: GraphBuilder, { operands }: Equation, values: readonly string[], fail: Fail): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  operands.forEach((labels, i) => {
    labels.forEach((l, axis) => {
      const size = b.shape(values[i]!)[axis]!;
      const known = sizes.get(l) ?? 1;
      if (known !== 1 && size !== 1 && known !== size) fail(`the index "${l}" has the sizes ${known} and ${size}`);
      sizes.set(l, known === 1 ? size : known);
    });
  });
  return sizes;
}

/** Replaces repeated labels by one: the diagonal, as every (d+1)-th element of the merged axes. */
function diagonal(b: GraphBuilder, x: Labelled, fail: Fail): Labelled {
  const label = x.labels.find((l, i) => x.labels.indexOf(l) !== i);
  if (label === undefined) return x;
  const shape = b.shape(x.value);
  const axes = x.labels.flatMap((l, i) => (l === label ? [i] : []));
  const rest = x.labels.flatMap((l, i) => (l === label ? [] : [i]));
  const d = shape[axes[0]!]!;
  if (axes.some((a) => shape[a] !== d)) fail(`the index "${label}" has the sizes ${axes.map((a) => shape[a]).join(" and ")} in one operand`);
  const step = axes.reduce((sum, _, i) => sum + d ** i, 0);
  const flat = b.reshape(b.transpose(x.value, [...rest, ...axes]), [...rest.map((a) => shape[a]!), d ** axes.length]);
  const value = d === 1 ? flat : b.slice(flat, [0], [d ** axes.length], [rest.length], [step]);
  return diagonal(b, { value, labels: [...rest.map((a) => x.labels[a]!), label] }, fail);
}

/** Drops the axes of size 1: where another operand has the label in another size they broadcast. */
function plain(b: GraphBuilder, x: Labelled): Labelled {
  const shape = b.shape(x.value);
  return {
    value: b.reshape(
      x.value,
      shape.filter((d) => d !== 1),
    ),
    labels: x.labels.filter((_, i) => shape[i] !== 1),
  };
}

/** Sums over the labels that are not kept. */
function summed(b: GraphBuilder, x: Labelled, kept: ReadonlySet<string>): Labelled {
  const axes = x.labels.flatMap((l, i) => (kept.has(l) ? [] : [i]));
  return { value: b.reduceSum(x.value, axes, false), labels: x.labels.filter((l) => kept.has(l)) };
}

function product(b: GraphBuilder, p: Labelled, q: Labelled, kept: ReadonlySet<string>, sizes: ReadonlyMap<string, number>): Labelled {
  const shared = p.labels.filter((l) => q.labels.includes(l));
  const batch = shared.filter((l) => kept.has(l));
  const inner = shared.filter((l) => !kept.has(l));
  const left = p.labels.filter((l) => !shared.includes(l));
  const right = q.labels.filter((l) => !shared.includes(l));
  const labels = [...batch, ...left, ...right];
  const dims = (ls: readonly string[]): number[] => ls.map((l) => sizes.get(l)!);
  const arranged = (x: Labelled, order: readonly string[], shape: readonly number[]): string =>
    b.reshape(
      b.transpose(
        x.value,
        order.map((l) => x.labels.indexOf(l)),
      ),
      shape,
    );
  if (inner.length === 0) {
    const ones = (ls: readonly string[]): number[] => ls.map(() => 1);
    const a = arranged(p, [...batch, ...left], [...dims(batch), ...dims(left), ...ones(right)]);
    return { value: b.mul(a, arranged(q, [...batch, ...right], [...dims(batch), ...ones(left), ...dims(right)])), labels };
  }
  const outer = batch.length > 0 ? [sizeOf(dims(batch))] : [];
  const [m, k, n] = [sizeOf(dims(left)), sizeOf(dims(inner)), sizeOf(dims(right))];
  const a = arranged(p, [...batch, ...left, ...inner], [...outer, m, k]);
  const y = b.matmul(a, arranged(q, [...batch, ...inner, ...right], [...outer, k, n]));
  return { value: b.reshape(y, dims(labels)), labels };
}
