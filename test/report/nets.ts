import { tensor } from "../../src/graph/tensor.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { readOnnx } from "../../src/onnx/read.js";
import { check } from "../../src/study/check.js";
import type { CheckOptions } from "../../src/study/check.js";
import type { CheckRecord } from "../../src/study/check-record.js";
import { referenceRuntime } from "../../src/runtime/reference.js";
import { stream } from "../../src/util/random.js";
import { f32, model, node, value } from "../support/model.js";
import { HOSTILE } from "./samples.js";

// Small networks as files, and their check-ups on the reference runtime.

/** How a chain of layers is built. */
export interface Chain {
  readonly layers: number;
  readonly width?: number;
  readonly activation?: "Relu" | "Tanh" | "Sin";
  /** Variance of the weights times the width. */
  readonly variance?: number;
  readonly skip?: boolean;
  /** A value of the layer in the middle. */
  readonly planted?: number;
  readonly inputs?: number;
  /** How its nodes and weights are named. */
  readonly name?: (layer: number) => string;
}

/** x·W → activation, `layers` times, and a last layer to three classes. */
export function chain(c: Chain): Uint8Array {
  const { layers, width = 8, activation = "Relu", variance = 2, skip = false, inputs = width } = c;
  const name = c.name ?? ((l) => `fc${l}`);
  const random = stream(7, "chain");
  let drawn = 0;
  const weights = (from: number, to: number): number[] =>
    Array.from({ length: from * to }, () => Math.sqrt(variance / from) * random.normal(drawn++));
  const nodes = [];
  const initializers = [];
  let at = "x";
  for (let l = 0; l <= layers; l++) {
    const [from, to] = [l === 0 ? inputs : width, l === layers ? 3 : width];
    const values = weights(from, to);
    if (c.planted !== undefined && l === layers >> 1) values[1] = c.planted;
    initializers.push(f32(`${name(l)}.weight`, [from, to], values));
    nodes.push(node("MatMul", [at, `${name(l)}.weight`], [`${name(l)}/z`], {}, { name: `${name(l)}/MatMul` }));
    if (l === layers) break;
    nodes.push(node(activation, [`${name(l)}/z`], [`${name(l)}/y`], {}, { name: `${name(l)}/act` }));
    if (skip && from === to) nodes.push(node("Add", [at, `${name(l)}/y`], [`${name(l)}/sum`], {}, { name: `${name(l)}/Add` }));
    at = skip && from === to ? `${name(l)}/sum` : `${name(l)}/y`;
  }
  return model({ inputs: [value("x", ["N", inputs])], outputs: [value(`${name(layers)}/z`, ["N", 3])], nodes, initializers });
}

/** Normal inputs and labels for a chain. */
export function batchFor(examples: number, inputs: number): Map<string, Tensor> {
  const random = stream(8, "batch");
  const x = Float32Array.from({ length: examples * inputs }, (_, i) => random.normal(i));
  return new Map([
    ["x", tensor("float32", [examples, inputs], x)],
    [
      "labels",
      tensor(
        "int64",
        [examples],
        Array.from({ length: examples }, (_, i) => i % 3),
      ),
    ],
  ]);
}

/** The check-up of a chain, on eight examples with labels unless said. */
export function checkChain(c: Chain, more: Partial<CheckOptions> & { readonly drawn?: boolean; readonly file?: string } = {}): Promise<CheckRecord> {
  const { drawn = false, file = "chain.onnx", ...options } = more;
  const batches = drawn ? {} : { batches: [batchFor(8, c.inputs ?? c.width ?? 8)] };
  return check(readOnnx(chain(c), { name: file }), {
    runtime: referenceRuntime(),
    dtype: "float64",
    memoryLimit: 2 ** 30,
    ...batches,
    ...options,
  });
}

/** Check-ups of every kind of chain, by what is odd about it. */
export async function checkChains(): Promise<ReadonlyMap<string, CheckRecord>> {
  const made = new Map<string, CheckRecord>();
  const add = async (name: string, ...of: Parameters<typeof checkChain>): Promise<void> => void made.set(name, await checkChain(...of));

  await add("healthy", { layers: 8 });
  await add("drawn", { layers: 4, inputs: 5 }, { drawn: true });
  await add("NaN in a weight", { layers: 8, planted: NaN });
  await add("infinity in a weight", { layers: 8, planted: Infinity });
  await add("overflow forward", { layers: 12, variance: 1e60 });
  await add("beyond a double", { layers: 430, width: 4, activation: "Sin", variance: 400 });
  await add("vanished", { layers: 40, activation: "Tanh", variance: 1e-18 });
  await add("skips", { layers: 10, skip: true });
  await add("a learning rate", { layers: 3 }, { learningRate: 0.1 });
  await add("one layer", { layers: 0 });
  await add("hostile names", { layers: HOSTILE.length, name: (l) => `${HOSTILE[l] ?? "last"}${l}` }, { file: HOSTILE[0] });
  return made;
}
