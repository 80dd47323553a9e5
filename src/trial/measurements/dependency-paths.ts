import * as z from "zod";
import { appendDecoupled } from "../../autodiff/decoupled.js";
import { appendLoss } from "../../autodiff/loss.js";
import { appendVjp } from "../../autodiff/vjp.js";
import { tensor } from "../../graph/tensor.js";
import type { Graph, Node } from "../../graph/graph.js";
import { newBuilder, traitsOf } from "../../ops/registry.js";
import { withoutRepeats } from "../../passes/cse.js";
import { withoutDeadCode } from "../../passes/order.js";
import { parametersOf } from "../../passes/parameters.js";
import { dependencyPaths } from "../../structure/dependency-paths.js";
import type { DependencyPaths } from "../../structure/dependency-paths.js";
import { IsogradError } from "../../util/errors.js";
import type { MeasurementKind, Subject } from "../measurement.js";

/** Options: the gradient graph on which paths are counted. */
export interface DependencyOptions {
  /** Whether every block except the last takes a synthetic gradient, predicted from its own output. */
  readonly decoupled: boolean;
}

/** Shortest and longest path, counted in all ops, and in matrix products and convolutions only. */
export interface Lengths {
  readonly ops: DependencyPaths;
  readonly products: DependencyPaths;
}

/** Lengths of the dependency paths to the gradient of the first block's weights; null where there is no path. */
export interface DependencyResult {
  readonly parameter: string;
  /** From the target of the mean squared error, which is known at the output only. */
  readonly fromTarget: Lengths | null;
  /** From the network's input, through the forward and the backward pass. */
  readonly fromInput: Lengths | null;
}

const paths = z.object({ shortest: z.number(), longest: z.number() });
const lengths: z.ZodType<Lengths> = z.object({ ops: paths, products: paths });

/** Counts the dependency paths to the gradient of the first block's weights on the gradient graph. Nothing is computed, so all seeds give the same. */
export const dependencyLengths: MeasurementKind<DependencyOptions, DependencyResult> = {
  name: "dependency-paths",
  version: 1,
  summary: "Shortest and longest dependency path from the loss, and from the input, to the gradient of the first block's weights.",
  options: z.strictObject({ decoupled: z.boolean().default(false) }),
  result: z.object({ parameter: z.string(), fromTarget: lengths.nullable(), fromInput: lengths.nullable() }),
  prepare: (subject, options) => {
    const result = counted(subject, options);
    return Promise.resolve({ measure: () => Promise.resolve(result), dispose: () => Promise.resolve() });
  },
};

function counted({ bound, structure, output }: Subject, { decoupled }: DependencyOptions): DependencyResult {
  const b = newBuilder(bound.graph);
  const end = appendLoss(b, bound, { loss: { kind: "mse" }, labels: b.type(output) });
  const parameter = firstWeight({ bound, structure, output });
  const type = b.type(end.loss);
  const seeds = new Map([[end.loss, b.constant(tensor(type.dtype, type.shape, [1]))]]);
  const cuts = structure.blocks.slice(0, -1).flatMap((block) => structure.trunk[block.to]!.values);
  const wrt = [parameter];
  const grads = decoupled ? appendDecoupled(b, bound.graph, { cuts, seeds, wrt }).grads : appendVjp(b, { nodes: [...b.nodes], seeds, wrt });
  const gradient = grads.get(parameter)!;
  b.outputs.length = 0;
  b.outputs.push(gradient);
  const graph = withoutDeadCode(withoutRepeats(b.build(bound.graph.name)));
  return {
    parameter,
    fromTarget: between(graph, end.labelsInput!, gradient),
    fromInput: between(graph, structure.source, gradient),
  };
}

function between(graph: Graph, from: string, to: string): Lengths | null {
  const ops = dependencyPaths(graph, from, to);
  const products = dependencyPaths(graph, from, to, (node: Node) => (traitsOf(node).product ? 1 : 0));
  return ops && products && { ops, products };
}

/** The first weight of the first block with weights that a gradient reaches. Error `spec/invalid` where there is none. */
function firstWeight({ bound, structure, output }: Pick<Subject, "bound" | "structure" | "output">): string {
  const trained = new Set(parametersOf(bound, output).flatMap((p) => (p.reaches ? [p.name] : [])));
  const found = structure.blocks.flatMap((block) => block.weights).find((w) => trained.has(w));
  if (found === undefined) throw new IsogradError("spec/invalid", "no block of the network has weights", { at: [bound.model.name] });
  return found;
}
