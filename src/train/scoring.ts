import { feedsFor } from "../data/batch.js";
import type { Examples } from "../data/data-set.js";
import { fitted } from "../data/fitted.js";
import { verifyGraph } from "../passes/verify.js";
import type { Executable, Stepper, Values } from "../runtime/runtime.js";
import { feederOf, weightOf } from "./feeder.js";
import type { PreparedRun } from "./prepared.js";
import { scoreGraph } from "./score.js";
import type { ScoreGraph } from "./score.js";
import type { Several } from "./several.js";

/** The mean loss over all examples that a network is scored by, and the share that is classified rightly; null where there are no classes. */
export interface Score {
  readonly loss: number;
  readonly accuracy: number | null;
}

/** Batches of one size, and the graph that scores one. */
interface ScoringPart {
  readonly made: ScoreGraph;
  /** What each batch is fed, made when it is scored, and what it counts. */
  readonly batches: readonly { feeds(): Values; readonly weight: number }[];
}

/** How a network is scored on examples: in batches of one size, and the rest in one of its own. */
export type Scoring = readonly ScoringPart[];

/**
 * Works out how a network is scored on examples, at most `most` at a time, or as many as its file fixes. There the examples that do not fill a batch are left out. Errors as of
 * {@link scoreGraph}.
 */
export function scoringOf({ model, task, columns, data, order }: PreparedRun, examples: Examples, most: number): Scoring {
  const inputs = model.graph.inputs.filter((i) => columns.has(i.name));
  const own = fitted(inputs, examples, data.name);
  const isOpen = inputs.every((i) => typeof i.shape?.[0] !== "number");
  const size = isOpen ? Math.min(most, examples.count) : order.batch;
  const rest = isOpen ? examples.count % size : 0;
  const whole = examples.count - (examples.count % size);
  const part = (n: number, froms: readonly number[]): ScoringPart => {
    const feeder = feederOf(examples, own, n, task.answers?.dtype ?? "float32");
    const made = scoreGraph(model, { ...task, inputs: feeder.inputs, answers: task.answers && feeder.answers });
    const batches = froms.map((from) => {
      const indices = Int32Array.from({ length: n }, (_, k) => from + k);
      return {
        feeds: () =>
          feedsFor(
            made.graph,
            feeder.feeds(indices, [n], made.labelsInput, () => 0),
          ),
        weight: weightOf(task.answers && examples.answers, indices),
      };
    });
    return { made, batches };
  };
  return [
    ...(whole > 0
      ? [
          part(
            size,
            Array.from({ length: whole / size }, (_, i) => i * size),
          ),
        ]
      : []),
    ...(rest > 0 ? [part(rest, [whole])] : []),
  ];
}

/** Scores the runs of a stepper, with the weights that they have at that moment. */
export interface Scorer {
  score(): Promise<readonly Score[]>;
  dispose(): Promise<void>;
}

/** Opens a scoring beside a stepper; `several` makes a graph one of all its runs. */
export async function openScoring(scoring: Scoring, stepper: Stepper, runs: number, several: (made: ScoreGraph) => Several): Promise<Scorer> {
  const parts: (ScoringPart & Several & Pick<Executable, "run" | "dispose">)[] = [];
  for (const part of scoring) {
    const own = several(part.made);
    verifyGraph(own.graph);
    parts.push({ ...part, ...own, ...(await stepper.beside(own.graph)) });
  }
  const total = scoring.flatMap((p) => p.batches).reduce((n, b) => n + b.weight, 0);
  return {
    async score() {
      const sums = Array.from({ length: runs }, (): { loss: number; accuracy: number | null } => ({ loss: 0, accuracy: null }));
      for (const { made, batches, nameOf, run } of parts) {
        for (const { feeds, weight } of batches) {
          if (weight === 0) continue;
          const values = await run(feeds());
          const [loss, accuracy] = ["loss", "accuracy"].map((what) => values.get(nameOf(made.outputs.get(what) ?? ""))?.data);
          sums.forEach((sum, r) => {
            sum.loss += (weight / total) * loss![r]!;
            if (accuracy) sum.accuracy = (sum.accuracy ?? 0) + (weight / total) * accuracy[r]!;
          });
        }
      }
      return sums;
    },
    dispose: async () => void (await Promise.all(parts.map((p) => p.dispose()))),
  };
}
