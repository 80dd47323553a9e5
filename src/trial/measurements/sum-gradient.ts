import * as z from "zod";
import { sizeOf } from "../../graph/tensor.js";
import type { Tensor } from "../../graph/tensor.js";
import { joinGradientsGraph } from "../../probe/join-gradients.js";
import type { JoinGradient, JoinGradients, LayerGain } from "../../probe/join-gradients.js";
import type { Join } from "../../probe/joins.js";
import { perturbedGraph } from "../../probe/perturbed-graph.js";
import type { PerturbedGraph } from "../../probe/perturbed-graph.js";
import { cotangentRun } from "../cotangent-run.js";
import type { CotangentRun } from "../cotangent-run.js";
import type { Draw, MeasurementKind, Prepared, Subject, Tools } from "../measurement.js";
import { real, reals } from "../real.js";

/** A join with its difference quotients. */
export interface MeasuredJoin extends JoinGradient {
  /**
   * Central difference quotients of the loss along g/‖g‖ divided by ‖g‖, g the gradient of the join, with a perturbation of the join, then of each part; 1
   * where the gradients are equal to g. Null where none was computed.
   */
  readonly quotients: readonly number[] | null;
}

/** The gradients at every join of activations, and the squared gains of layers to their inputs. */
export interface SumGradientResult {
  readonly joins: readonly MeasuredJoin[];
  readonly layers: readonly LayerGain[];
}

/** Compares the exact gradients of summed, averaged or concatenated values with that of the result, bit for bit; in float64 also by difference quotients. */
export const sumGradient: MeasurementKind<Record<string, never>, SumGradientResult> = {
  name: "sum-gradient",
  version: 2,
  summary: "The gradient of the parts of every sum and concatenation against that of the whole, bit for bit.",
  options: z.strictObject({}),
  result: z.object({
    joins: z.array(
      z.object({
        node: z.string(),
        op: z.enum(["sum", "mean", "concat"]),
        parts: z.number(),
        equalBits: real,
        largest: real,
        shares: reals,
        quotients: reals.nullable(),
      }),
    ),
    layers: z.array(z.object({ node: z.string(), lnGains: reals })),
  }),
  prepare: (subject, _, tools) => prepare(subject, tools),
};

async function prepare({ bound, output, examples }: Subject, tools: Tools): Promise<Prepared<SumGradientResult>> {
  const made = joinGradientsGraph(bound, examples);
  const exact = await cotangentRun(made, tools);
  const chosen = bound.graph.types.get(output)!.dtype === "float64" ? spread(made.joins) : [];
  const perturbed = perturbedGraph(
    bound,
    chosen.map((i) => made.joins[i]!),
  );
  const forward = chosen.length === 0 ? undefined : await cotangentRun(perturbed, tools);
  return {
    measure: async (draw) => {
      const read = made.read(await exact.run(draw));
      const quotients = new Map<number, readonly number[]>();
      if (forward) for (const [k, i] of chosen.entries()) quotients.set(i, await quotientsOf(forward, draw, perturbed, k, read.wholes[i]!));
      return { joins: read.joins.map((j, i) => ({ ...j, quotients: quotients.get(i) ?? null })), layers: read.layers };
    },
    dispose: async () => {
      await exact.dispose();
      await forward?.dispose();
    },
  };
}

/** Indices of the first join that is a sum or a mean, the middle one and the last. */
function spread(joins: readonly Join[]): readonly number[] {
  const own = joins.flatMap((j, i) => (j.op === "concat" ? [] : [i]));
  return [...new Set([0, Math.floor(own.length / 2), own.length - 1].flatMap((k) => own[k] ?? []))];
}

/**
 * Size of a perturbation relative to the join's norm. Along the gradient the effect on a deep network is much larger than the perturbation, so it must be small
 * for no unit to cross a kink; rounding leaves six digits.
 */
const STEP = 1e-8;

async function quotientsOf(
  forward: CotangentRun,
  draw: Draw,
  { graph, loss, perturbations }: PerturbedGraph,
  k: number,
  { gradient, value }: JoinGradients["wholes"][number],
): Promise<readonly number[]> {
  const norm = (t: Tensor): number => Math.sqrt((t.data as Float64Array).reduce((s, v) => s + v * v, 0));
  const [length, h] = [norm(gradient), STEP * norm(value)];
  const zeros = new Map(
    perturbations
      .flatMap((n) => [n.whole, ...n.parts])
      .map((name): [string, Tensor] => {
        const { dtype, shape } = graph.types.get(name)!;
        return [name, { dtype, shape, data: new Float64Array(sizeOf(shape)) }];
      }),
  );
  const quotients: number[] = [];
  for (const name of [perturbations[k]!.whole, ...perturbations[k]!.parts]) {
    const at = async (by: number): Promise<number> => {
      const moved: Tensor = { ...gradient, data: Float64Array.from(gradient.data, (v) => (by * v) / length) };
      const get = await forward.run({ ...draw, inputs: new Map([...draw.inputs, ...zeros, [name, moved]]) });
      return get(loss).data[0]!;
    };
    quotients.push(((await at(h)) - (await at(-h))) / (2 * h * length));
  }
  return quotients;
}
