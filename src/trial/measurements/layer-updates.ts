import * as z from "zod";
import { gradientGraph } from "../../autodiff/gradient.js";
import { sizeOf, tensor } from "../../graph/tensor.js";
import type { Tensor } from "../../graph/tensor.js";
import { newBuilder } from "../../ops/registry.js";
import { differential } from "../../probe/differential.js";
import type { Values } from "../../runtime/runtime.js";
import { IsogradError } from "../../util/errors.js";
import { orthogonalFactor } from "../../math/polar.js";
import { stream } from "../../util/random.js";
import type { Draw, MeasurementKind, Prepared, Subject, Tools } from "../measurement.js";
import { real } from "../real.js";
import { openGraph } from "../../runtime/open-graph.js";

/** Options: the updates of the matrices of layers in series. */
export interface LayerUpdatesOptions {
  /** A factor on every matrix, from input to output. */
  readonly gains: readonly number[];
  /** Indices of the layer that is updated, and of the layer with which the update is shared. */
  readonly layer: number;
  readonly partner: number;
  /** δ, which is added to every singular value (in total where it is shared). */
  readonly step: number;
}

/** Natural logarithms of two gains of the whole network, or of their ratio after and before an update; of norms. */
export interface ProductChange {
  /** Of ‖y‖/‖x‖, the norm of the output over that of the input, over the whole batch. */
  readonly lnForward: number;
  /** Of ‖Jᵀu‖/‖u‖, the norm of the gradient at the input over that at the output, for u ~ N(0, I). */
  readonly lnBackward: number;
}

/** The effect of updates of single layers on the gain of the whole network. */
export interface LayerUpdatesResult {
  /** The gains before any update. */
  readonly before: ProductChange;
  readonly layers: readonly {
    readonly gain: number;
    /** d ln‖y‖ / d ln(scale of the matrix), from the gradient graph: ⟨W, ∂p/∂W⟩/(2p) of p = ‖y‖². */
    readonly elasticity: number;
    /** d ln‖y‖ / dδ when every singular value of the matrix grows by δ: ⟨U·Vᵀ, ∂p/∂W⟩/(2p). */
    readonly slope: number;
  }[];
  /** The changes where δ is added to the layer; half of it to the layer and half to its partner; all of it to the partner. */
  readonly alone: ProductChange;
  readonly shared: ProductChange;
  readonly other: ProductChange;
  /** The changes where the layer is multiplied by 1 + δ/(its gain); and where its partner is multiplied by the same, an equal relative update. */
  readonly relative: ProductChange;
  readonly relativeOther: ProductChange;
}

const change = z.object({ lnForward: real, lnBackward: real });

/** Measures the gain of square matrices in series under equal additive and equal relative updates of two of them. */
export const layerUpdates: MeasurementKind<LayerUpdatesOptions, LayerUpdatesResult> = {
  name: "layer-updates",
  version: 1,
  summary: "What an update of one layer, or one shared by two, does to the product of all.",
  options: z.strictObject({
    gains: z.array(z.number().positive()).min(1),
    layer: z.number().int().min(0),
    partner: z.number().int().min(0),
    step: z.number(),
  }),
  result: z.object({
    before: change,
    layers: z.array(z.object({ gain: z.number(), elasticity: real, slope: real })),
    alone: change,
    shared: change,
    other: change,
    relative: change,
    relativeOther: change,
  }),
  prepare,
};

async function prepare({ bound, output }: Subject, options: LayerUpdatesOptions, tools: Tools): Promise<Prepared<LayerUpdatesResult>> {
  const names = matricesOf(bound.graph.initializers, options);
  const b = newBuilder(bound.graph);
  const loss = b.reduceSum(
    b.square(output),
    b.shape(output).map((_, i) => i),
    false,
  );
  const { graph, grads, loss: p } = gradientGraph(b.build(bound.graph.name), { loss, wrt: names });
  const { run, dispose } = await openGraph(graph, tools);
  const d = differential(bound.graph, output, tools);
  return {
    measure: async (draw) => {
      const matrices = names.map((name, i) => {
        const { data, shape } = draw.weights.get(name)!;
        const w = Float64Array.from(data, (v) => v * options.gains[i]!);
        const polar = orthogonalFactor(w, shape[0]!);
        if (!polar) throw new IsogradError("spec/invalid", `the matrix ${name} is singular: its singular values have no common direction`);
        return { name, w, polar };
      });
      /** The weights with matrix i replaced by factors[i]·(Wᵢ + deltas[i]·U·Vᵀ), which adds deltas[i] to every singular value. */
      const weightsAt = (deltas: ReadonlyMap<number, number>, factors: ReadonlyMap<number, number> = new Map()): Map<string, Tensor> => {
        const weights = new Map(draw.weights);
        matrices.forEach(({ name, w, polar }, i) => {
          const [delta, factor] = [deltas.get(i) ?? 0, factors.get(i) ?? 1];
          const { dtype, shape } = draw.weights.get(name)!;
          weights.set(
            name,
            tensor(
              dtype,
              shape,
              w.map((v, k) => factor * (v + delta * polar[k]!)),
            ),
          );
        });
        return weights;
      };
      const product = productAt(d, draw);
      const before = await product(weightsAt(new Map()));
      const changed = async (...at: Parameters<typeof weightsAt>): Promise<ProductChange> => {
        const after = await product(weightsAt(...at));
        return { lnForward: after.lnForward - before.lnForward, lnBackward: after.lnBackward - before.lnBackward };
      };
      const here = weightsAt(new Map());
      const values = await run(draw.inputs, here);
      const total = values.get(p)!.data[0]!;
      const { layer, partner, step, gains } = options;
      const ratio = 1 + step / gains[layer]!;
      return {
        before,
        layers: matrices.map(({ name, w, polar }, i) => {
          const g = gradientOf(values, grads.get(name), w.length);
          return { gain: gains[i]!, elasticity: dot(g, w) / (2 * total), slope: dot(g, polar) / (2 * total) };
        }),
        alone: await changed(new Map([[layer, step]])),
        shared: await changed(
          new Map([
            [layer, step / 2],
            [partner, step / 2],
          ]),
        ),
        other: await changed(new Map([[partner, step]])),
        relative: await changed(new Map(), new Map([[layer, ratio]])),
        relativeOther: await changed(new Map(), new Map([[partner, ratio]])),
      };
    },
    dispose: async () => {
      await dispose();
      await d.dispose();
    },
  };
}

/** The names of the square matrices, from input to output. Errors `spec/invalid`: a matrix is not square, or the options do not fit their number. */
function matricesOf(initializers: Values, { gains, layer, partner }: LayerUpdatesOptions): readonly string[] {
  const found = [...initializers].filter(([, t]) => t.shape.length === 2);
  const odd = found.find(([, t]) => t.shape[0] !== t.shape[1]);
  if (odd)
    throw new IsogradError("spec/invalid", `the matrix ${odd[0]} is not square`, { received: odd[1].shape.join(" × "), fix: "set classes to null" });
  if (found.length !== gains.length)
    throw new IsogradError("spec/invalid", `there are ${gains.length} gains for ${found.length} matrices`, { expected: "one for each matrix" });
  if (layer >= gains.length || partner >= gains.length || layer === partner)
    throw new IsogradError("spec/invalid", "layer and partner are not two of the matrices", {
      received: `${layer} and ${partner} of ${gains.length}`,
    });
  return found.map(([name]) => name);
}

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
};

const lnNorm = (v: ArrayLike<number>): number => 0.5 * Math.log(dot(v, v));

function gradientOf(values: Values, name: string | undefined, length: number): ArrayLike<number> {
  return name === undefined ? new Float64Array(length) : values.get(name)!.data;
}

/** Returns a function that measures both gains at any weights, always with the same input and the same cotangent. */
function productAt(d: ReturnType<typeof differential>, draw: Draw): (weights: Values) => Promise<ProductChange> {
  const random = stream(draw.seed, "layer-updates/cotangent");
  const u = Float64Array.from({ length: sizeOf(d.to.shape) }, (_, i) => random.normal(i));
  const x = draw.inputs.get(d.input)!.data;
  return async (weights) => {
    const { value, cotangent } = await d.vjp({ inputs: draw.inputs, weights }, u);
    return { lnForward: lnNorm(value) - lnNorm(x), lnBackward: lnNorm(cotangent) - lnNorm(u) };
  };
}
