import type { Tensor } from "../../graph/tensor.js";
import { one, variadic } from "../op.js";
import type { EvalContext, Op, VjpContext } from "../op.js";
import { broadcastAll, broadcastMap } from "./elementwise.js";
import { floats, ints } from "./examples.js";

/** Makes Max (`wins` = Greater) and Min (`wins` = Less) of all inputs, broadcasting; `output` names the port. */
export function extremumOp<O extends string>(
  name: string,
  output: O,
  { extremum, wins }: { extremum(a: number, b: number): number; readonly wins: "Greater" | "Less" },
  tiesOfThree: readonly (readonly number[])[],
): Op<"data_0", O> {
  const tie = "the derivative jumps at a tie";
  return {
    name,
    since: [6, 8, 12, 13],
    traits: { elementwise: true },
    accepts: "numbers",
    inputs: { data_0: variadic },
    outputs: { [output]: one } as Record<O, typeof one>,
    attrs: {},
    infer: (c) => broadcastAll(c),
    evaluate: (c) => foldInputs(c, extremum),
    vjp: (c) => extremumCotangents(c, wins),
    examples: [
      {
        name: "two, broadcast",
        inputs: [floats([2, 3], { values: [0.1, -1.2, 0.7, 2.3, 0.4, -0.6] }), floats([2, 1], { values: [0.3, -0.2] })],
      },
      {
        name: "a scalar constant",
        inputs: [floats([6], { values: [-1.5, -0.2, 0.3, 0.9, 1.7, -0.8] }), floats([], { values: [0.5], constant: true })],
      },
      {
        name: "three, broadcast",
        inputs: [floats([2, 2], { values: [0.1, 0.9, -0.4, 1.3] }), floats([2], { values: [0.5, -0.3] }), floats([], { values: [0.25] })],
      },
      { name: "ties of two", inputs: [floats([3], { values: [0.5, -1, 2] }), floats([3], { values: [0.5, 1, 2] })], withoutSecondOrder: tie },
      {
        name: "tie with a constant",
        inputs: [floats([3], { values: [0.5, -1, 2] }), floats([], { values: [0.5], constant: true })],
        withoutSecondOrder: tie,
      },
      { name: "ties among three", inputs: tiesOfThree.map((values) => floats([4], { values })), withoutSecondOrder: tie },
      { name: "one", inputs: [floats([3])] },
      { name: "integers", inputs: [ints([3, -1, 7]), ints([2])] },
    ],
  };
}

/** Computes f folded over all inputs, broadcasting. */
function foldInputs(c: EvalContext, f: (a: number, b: number) => number): readonly Tensor[] {
  const out = c.out[0]!;
  const zero: Tensor = { dtype: out.dtype, shape: [], data: new Float64Array(1) };
  const first = broadcastMap(c.xs[0]!, zero, out, (a) => a);
  return [c.xs.slice(1).reduce((acc, x) => broadcastMap(acc, x, out, f), first)];
}

/**
 * Appends the cotangents of Max (`wins` = Greater) and Min (`wins` = Less): the whole of ȳ to the input that is y, equal shares where
 * several are, as torch.maximum and torch.minimum have it.
 */
function extremumCotangents(c: VjpContext, wins: "Greater" | "Less"): readonly (string | undefined)[] {
  const { b, xs, ys, gs } = c;
  const [y, g] = [ys[0]!, gs[0]!];
  if (xs.length === 1) return [g];
  const zero = b.scalar(0, g);
  if (xs.length === 2) {
    // ḡᵢ = ȳ/2 where both are equal, else ȳ where xᵢ wins, else 0
    const tie = b.equal(xs[0]!, xs[1]!);
    const half = b.scale(g, 0.5);
    const part = (own: string, other: string): string => b.where(tie, half, b.where(b.op(wins, [own, other]), g, zero));
    return [c.need(0) ? part(xs[0]!, xs[1]!) : undefined, c.need(1) ? part(xs[1]!, xs[0]!) : undefined];
  }
  // ḡᵢ = mᵢ·ȳ/Σm, where mᵢ = 1 where xᵢ = y
  const masks = xs.map((v) => b.cast(b.equal(v, y), b.dtype(y)));
  const share = b.div(g, b.sum(masks)!);
  return xs.map((_, i) => (c.need(i) ? b.mul(masks[i]!, share) : undefined));
}
