import type { GraphBuilder } from "../../graph/builder.js";
import type { Tensor } from "../../graph/tensor.js";
import { again, shifted } from "./vmap.js";
import { one, optionalList } from "../op.js";
import type { EvalContext, Example, Op, VjpContext } from "../op.js";
import type { Traits } from "../traits.js";
import type { ElementTypes } from "./element-types.js";
import { bools, floats, ints } from "./examples.js";
import { extremeOf, extremumShares, inFloat, inferReduction, reduce, reducedAxes, reductionAttrs, upgradeReduction } from "./reduction.js";

type Ports = "data" | "axes";
type Reduction = Op<Ports, "reduced">;

/** What each reduction says for itself. */
interface Own {
  readonly name: string;
  readonly pools: NonNullable<Traits["pools"]>;
  readonly traits?: Traits;
  readonly accepts?: ElementTypes;
  readonly examples: readonly Example[];
}

const base = ({ name, pools, traits, accepts, examples }: Own, since: readonly number[]) => ({
  name,
  since,
  traits: { ...traits, pools },
  ...(accepts ? { accepts } : {}),
  inputs: { data: one, axes: optionalList },
  outputs: { reduced: one },
  attrs: reductionAttrs,
  upgrade: upgradeReduction,
  examples,
});

/** Makes a reduction that runtimes execute: its meaning and its gradient rule. */
export function primitiveReduction(
  own: Own & {
    readonly since: readonly number[];
    evaluate(c: EvalContext<Ports>): readonly Tensor[];
    spread(c: VjpContext<Ports, "reduced">): string;
  },
): Reduction {
  return {
    ...base(own, own.since),
    infer: inferReduction,
    evaluate: own.evaluate,
    vjp: (c) => ({ data: own.spread(c) }),
    vmap: (c) => {
      const axes = reducedAxes(c.own(0).length, c.constant(1), c.attrs.flag("noop_with_empty_axes"), c.node.op);
      return axes.length === 0 ? [c.xs[0]!] : again(c, [c.xs[0]!, c.b.ints(shifted(axes))]);
    },
  };
}

/** What a reduction that is defined by others has to reduce. */
export interface ReductionParts {
  readonly b: GraphBuilder;
  readonly data: string;
  readonly axes: readonly number[];
  /** Whether the axes stay, as 1. */
  readonly keep: boolean;
  /** Shape of the result. */
  readonly shape: readonly number[];
}

/** Makes a reduction that is defined by others. With `inFloat` integers are reduced in float64, and the result is cut off. */
export function composedReduction(own: Own & { readonly inFloat?: true; body(c: ReductionParts): string }): Reduction {
  return {
    ...base(own, [1, 11, 13, 18]),
    decompose: (c) => {
      const { b, x } = c;
      const dims = b.shape(x.data);
      const axes = reducedAxes(dims.length, c.has("axes") ? c.constant("axes") : undefined, c.attrs.flag("noop_with_empty_axes"), c.node.op);
      const keep = c.attrs.flag("keepdims");
      const shape = dims.flatMap((d, i) => (axes.includes(i) ? (keep ? [1] : []) : [d]));
      const body = (data: string): string => own.body({ b, data, axes, keep, shape });
      return [own.inFloat ? inFloat(b, x.data, body) : body(x.data)];
    },
  };
}

const larger = (acc: number, x: number): number => (x > acc || Number.isNaN(x) ? x : acc);
const smaller = (acc: number, x: number): number => (x < acc || Number.isNaN(x) ? x : acc);

/** Makes ReduceMax (`sign` 1) and ReduceMin (−1): the extremum, with equal shares of the derivative to all elements that attain it. */
export function extremumReduction(
  name: string,
  sign: 1 | -1,
  examples: { readonly infinite: readonly number[]; readonly ties: readonly number[] },
): Reduction {
  return primitiveReduction({
    name,
    since: [1, 11, 12, 13, 18, 20],
    pools: "extremum",
    evaluate: (c) => reduce(c, extremeOf(c.out[0]!.dtype, sign === 1 ? -1 : 1), sign === 1 ? larger : smaller),
    // data̅ = reduced̄ / (how many attain it) where data = reduced, else 0
    spread: extremumShares,
    examples: [
      { name: "all axes", inputs: [floats([2, 3])], attrs: { keepdims: 0 } },
      { name: "one axis", inputs: [floats([2, 3, 4]), ints([1])] },
      { name: "outer axes", inputs: [floats([2, 3, 4]), ints([0, -1])], attrs: { keepdims: 0 } },
      { name: "infinite", inputs: [floats([2, 2], { values: examples.infinite }), ints([1])] },
      { name: "ties", inputs: [floats([2, 3], { values: examples.ties }), ints([1])], withoutSecondOrder: "a tie is a kink" },
      { name: "no axes: nothing is reduced", inputs: [floats([2, 3]), ints([])], attrs: { noop_with_empty_axes: 1 } },
      { name: "integers", inputs: [ints([3, -1, 7, 2], [2, 2]), ints([0])] },
      { name: "bools", inputs: [bools([1, 0, 0, 0], [2, 2]), ints([1])] },
    ],
  });
}
