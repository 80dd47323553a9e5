import type { Tensor } from "../graph/tensor.js";
import { buildNet, weightsOf } from "../nn/build.js";
import type { NetSpec } from "../nn/spec.js";
import { traitsOf } from "../ops/registry.js";
import { bind } from "../passes/bind.js";
import type { Bound } from "../passes/bind.js";
import type { Values } from "../runtime/runtime.js";
import { structureOf } from "../structure/structure.js";
import { drawBatch } from "../data/drawn-batch.js";
import type { Draw, Prepared, Tools } from "./measurement.js";
import { resultJson } from "./real.js";
import { familyOf, kindOf } from "./spec.js";
import type { TrialSpec } from "./spec.js";

/** Measures trials one after the other, in this thread. */
export interface Workbench {
  /** Measures a trial and returns its result as JSON. Trials of one family share graphs and sessions. Errors: `spec/…`, `memory/limit`, `runtime/…`. */
  measure(spec: TrialSpec): Promise<string>;
  /** Frees all sessions. */
  close(): Promise<void>;
}

/** Number of families whose graphs and sessions are kept. Two are enough, because queues measure family by family. */
const KEPT = 2;

/** Makes a workbench with the given runtime. */
export function workbench(tools: Tools): Workbench {
  const families = new Map<string, Promise<Family>>();
  const familyFor = async (spec: TrialSpec): Promise<Family> => {
    const name = familyOf(spec);
    let family = families.get(name);
    if (family) {
      const own = (await family).onlySeed;
      if (own !== undefined && own !== spec.seed) {
        await (await family).prepared.dispose();
        family = undefined;
      }
    }
    families.delete(name);
    family ??= raise(spec, tools);
    families.set(name, family);
    family.catch(() => families.delete(name));
    for (const [old, other] of families) {
      if (families.size <= KEPT) break;
      families.delete(old);
      await (await other).prepared.dispose();
    }
    return family;
  };
  let queue: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = queue.then(work, work);
    queue = result.catch(() => undefined);
    return result;
  };
  return {
    measure: (spec) =>
      inTurn(async () => {
        const family = await familyFor(spec);
        return resultJson(await family.prepared.measure(family.draw(spec)));
      }),
    close: () =>
      inTurn(async () => {
        for (const family of families.values()) await (await family).prepared.dispose();
        families.clear();
      }),
  };
}

/** A family of trials, which differ by their seeds only, and its prepared measurement. */
interface Family {
  readonly prepared: Prepared<unknown>;
  /** The one seed for which it is valid, where the graph itself depends on the seed (masks of dropout); else undefined. */
  readonly onlySeed: number | undefined;
  draw(spec: TrialSpec): Draw;
}

async function raise(spec: TrialSpec, tools: Tools): Promise<Family> {
  const net: NetSpec = { ...spec.net, seed: spec.seed, dtype: spec.dtype, batch: spec.batch.examples };
  const model = buildNet(net);
  // What is drawn when the network is bound is a constant of the bound graph.
  const random = model.graph.nodes.some((n) => traitsOf(n).random);
  const bound = bind(model, { maxBytes: tools.memoryLimit, ...(random ? { dropoutSeed: spec.seed } : {}) });
  const output = bound.graph.outputs[0]!;
  const kind = kindOf(spec);
  const { name: _, ...options } = spec.measure;
  const subject = { bound, structure: structureOf(bound, output), output, examples: spec.batch.examples };
  const prepared = await kind.prepare(subject, options, tools);
  const weights = weightsOf(net);
  // The weights of every seed are drawn into the same memory; a measurement must not read them after it has returned.
  let room: ReadonlyMap<string, Tensor> | undefined;
  return {
    prepared,
    onlySeed: random ? spec.seed : undefined,
    draw: ({ seed, batch }) => {
      const own = (room = weights(seed, room));
      return {
        seed,
        batchSeed: batch.seed,
        weights: own,
        inputs: drawBatch(bound.graph, batch.inputs, batch.seed),
        get bound() {
          return withWeights(bound, own);
        },
      };
    },
  };
}

/** The bound network with other weights. */
function withWeights(bound: Bound, weights: Values): Bound {
  const initializers = new Map<string, Tensor>(bound.graph.initializers);
  for (const [name, value] of weights) if (initializers.has(name)) initializers.set(name, value);
  const candidates = new Map([...bound.candidates].map(([name, c]) => [name, { ...c, value: weights.get(name) ?? c.value }]));
  return { ...bound, graph: { ...bound.graph, initializers }, candidates, valueOf: (v) => bound.valueOf(v) };
}
