import type { Examples } from "../../data/data-set.js";
import { fitted } from "../../data/fitted.js";
import { verifyGraph } from "../../passes/verify.js";
import type { Stepper } from "../../runtime/runtime.js";
import { feederOf, weightOf } from "../../train/feeder.js";
import { scoreGraph } from "../../train/score.js";
import type { Prepared } from "./prepare.js";

/** The mean loss over all validation examples, and the share that is classified rightly. */
export interface Score {
  readonly loss: number;
  readonly accuracy: number | null;
}

/** Scores a network that is being trained, with the weights that it has at that moment. */
export interface Scorer {
  score(): Promise<Score>;
  dispose(): Promise<void>;
}

/** The most examples that are scored at a time. */
const MOST = 256;

/** Prepares to score the network of a stepper on examples: in batches of one size, and the rest in one of its own. */
export async function scorerOf(prepared: Prepared, examples: Examples, stepper: Stepper): Promise<Scorer> {
  const { model, task, order, data } = prepared;
  const inputs = model.graph.inputs.filter((i) => prepared.columns.has(i.name));
  const columns = fitted(inputs, examples, data.name);
  const open = inputs.every((i) => typeof i.shape?.[0] !== "number");
  const size = open ? Math.min(Math.max(order.batch, 64), MOST, examples.count) : order.batch;
  const rest = open ? examples.count % size : 0;
  const sizes = [...new Set([size, ...(rest > 0 ? [rest] : [])])];
  const opened = await Promise.all(sizes.map((n) => openScore({ model, task, columns, examples }, stepper, n)));
  const batches = Array.from({ length: Math.ceil(examples.count / size) }, (_, i) => {
    const from = i * size;
    return Int32Array.from({ length: Math.min(size, examples.count - from) }, (_x, k) => from + k);
  }).filter((b) => sizes.includes(b.length));
  const weights = batches.map((b) => weightOf(task.answers && examples.answers, b));
  const total = weights.reduce((a, b) => a + b, 0);
  return {
    async score() {
      let [loss, accuracy]: [number, number | null] = [0, null];
      for (const [i, batch] of batches.entries()) {
        if (weights[i] === 0) continue;
        const one = await opened[sizes.indexOf(batch.length)]!.score(batch);
        loss += (weights[i]! / total) * one.loss;
        if (one.accuracy !== null) accuracy = (accuracy ?? 0) + (weights[i]! / total) * one.accuracy;
      }
      return { loss, accuracy };
    },
    dispose: async () => void (await Promise.all(opened.map((o) => o.dispose()))),
  };
}

async function openScore(
  { model, task, columns, examples }: Pick<Prepared, "model" | "task" | "columns"> & { readonly examples: Examples },
  stepper: Stepper,
  size: number,
): Promise<{ score(batch: Int32Array): Promise<Score>; dispose(): Promise<void> }> {
  const feeder = feederOf(examples, columns, size, task.answers?.dtype ?? "float32");
  const made = scoreGraph(model, { ...task, inputs: feeder.inputs, answers: task.answers && feeder.answers });
  verifyGraph(made.graph);
  const opened = await stepper.beside(made.graph);
  const inputs = new Set(made.graph.inputs.map((i) => i.name));
  return {
    async score(batch) {
      const feeds = [...feeder.feeds(batch, [size], made.labelsInput, () => 0)].filter(([name]) => inputs.has(name));
      const values = await opened.run(new Map(feeds));
      const read = (what: string): number | null => {
        const name = made.outputs.get(what);
        return name === undefined ? null : values.get(name)!.data[0]!;
      };
      return { loss: read("loss")!, accuracy: read("accuracy") };
    },
    dispose: () => opened.dispose(),
  };
}
