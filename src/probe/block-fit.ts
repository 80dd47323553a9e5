import type { Graph } from "../graph/graph.js";
import type { ValueType } from "../graph/tensor.js";
import { newBuilder } from "../ops/registry.js";
import { withoutRepeats } from "../passes/cse.js";
import { withoutDeadCode } from "../passes/order.js";
import { IsogradError } from "../util/errors.js";
import { leastSquares } from "../math/least-squares.js";
import { floatInput } from "./differential.js";
import { fetcher } from "./measurement.js";
import type { Get, ProbeContext } from "./probe.js";

/** Errors of plain and residual blocks fitted to the function of a network, on examples to which they were not fitted. Means of squares over elements. */
export interface BlockFit {
  /** Mean square of the network's change of its input, y − x, and of its output y. */
  readonly change: number;
  readonly output: number;
  /** Mean square error of a plain block, y − V·ReLU(W·x). */
  readonly plain: number;
  /** Mean square error of a residual block, y − x − V·ReLU(W·x). */
  readonly residual: number;
}

/** A graph that computes the examples of a network's function and the features for the fit, and the fit itself. */
export interface BlockFitGraph {
  readonly graph: Graph;
  /** Name of the input for W [d, hidden], the random weights of the fitted block's features. */
  readonly featuresInput: string;
  readonly featuresType: ValueType;
  read(get: Get): BlockFit;
}

/**
 * Builds a graph that computes input x [examples, d], output y [examples, d] and random features ReLU(x·W) [examples, hidden] of a network, usually of one
 * block. V is fitted by least squares on three quarters of the examples, which gives the best block of its class with these features, and tested on the
 * rest. Errors `spec/invalid`: input and output differ in size, or there are fewer than 2·hidden examples.
 */
export function blockFitGraph(bound: Graph, output: string, examples: number, hidden: number): BlockFitGraph {
  const [x, y] = [floatInput(bound), output];
  const [from, to] = [x, y].map((v) => bound.types.get(v)!) as [ValueType, ValueType];
  const bad = from.shape.length !== 2 || from.shape[1] !== to.shape[1];
  if (bad || examples < 2 * hidden)
    throw new IsogradError("spec/invalid", bad ? "the network does not map features to as many features" : `${examples} examples are too few to fit ${hidden} features`, {
      at: [bound.name],
      ...(bad ? { received: `${from.shape.join(" × ")} to ${to.shape.join(" × ")}` } : { expected: `at least ${2 * hidden} examples` }),
    }); // prettier-ignore
  const d = from.shape[1]!;
  const b = newBuilder(bound);
  b.outputs.length = 0;
  const featuresType: ValueType = { dtype: from.dtype, shape: [d, hidden] };
  const featuresInput = b.input(b.fresh("features"), featuresType);
  const c: ProbeContext = { b, examples, fetch: fetcher(b) };
  const [xs, ys, fs] = [c.fetch(x), c.fetch(y), c.fetch(b.op("Relu", [b.matmul(x, featuresInput)]))];
  return {
    graph: withoutDeadCode(withoutRepeats(b.build(bound.name))),
    featuresInput,
    featuresType,
    read: (get) => {
      const rows = (name: string, width: number): readonly Float64Array[] => {
        const data = Float64Array.from(get(name).data as ArrayLike<number>);
        return Array.from({ length: examples }, (_, i) => data.slice(i * width, (i + 1) * width));
      };
      const [inputs, outputs, phi] = [rows(xs, d), rows(ys, d), rows(fs, hidden)];
      const changes = outputs.map((row, i) => row.map((v, k) => v - inputs[i]![k]!));
      const fitted = Math.floor((3 * examples) / 4);
      const testError = (targets: readonly Float64Array[]): number => {
        const v = leastSquares(phi.slice(0, fitted), targets.slice(0, fitted));
        if (!v) return NaN;
        return meanSquare(
          targets.slice(fitted).map((row, i) => {
            const residual = row.slice();
            phi[fitted + i]!.forEach((f, j) => f !== 0 && v[j]!.forEach((w, k) => (residual[k]! -= f * w)));
            return residual;
          }),
        );
      };
      return { change: meanSquare(changes), output: meanSquare(outputs), plain: testError(outputs), residual: testError(changes) };
    },
  };
}

function meanSquare(rows: readonly Float64Array[]): number {
  let [sum, count] = [0, 0];
  for (const row of rows) {
    for (const v of row) sum += v * v;
    count += row.length;
  }
  return sum / count;
}
