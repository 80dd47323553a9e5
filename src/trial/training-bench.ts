import type { DataSet } from "../data/data-set.js";
import { exampleShape } from "../data/example-shape.js";
import { openData } from "../data/open-data.js";
import type { DataHost } from "../data/source.js";
import { buildNet, weightsOf } from "../nn/build.js";
import { suitedTo } from "../nn/suited.js";
import type { Tensor } from "../graph/tensor.js";
import { orderOf } from "../train/order.js";
import { openCohort } from "../train/cohort.js";
import type { Cohort, CohortResult, CohortTask } from "../train/cohort.js";
import { preparedRun } from "../train/prepared.js";
import type { PreparedRun } from "../train/prepared.js";
import { clipText } from "../train/recipe.js";
import { scoringOf } from "../train/scoring.js";
import type { Tools } from "./measurement.js";
import { trainingFamily } from "./training-spec.js";
import type { TrainingSpec } from "./training-spec.js";

/** Trains in this thread, runs of one family at once. */
export interface TrainingBench {
  /** Trains runs of one family, and returns their results in the order of the specs. */
  train(specs: readonly TrainingSpec[], signal?: AbortSignal): Promise<readonly CohortResult[]>;
  close(): Promise<void>;
}

/** The most validation examples that are scored at a time. */
const SCORED = 250;

/** Makes a bench with the given tools; data is read through `host`. The sessions of the last family stay open. */
export function trainingBench(tools: Tools, host: DataHost): TrainingBench {
  const data = new Map<string, DataSet>();
  let open:
    | { readonly name: string; readonly cohort: Cohort; readonly prepared: PreparedRun; readonly draw: (seed: number) => ReadonlyMap<string, Tensor> }
    | undefined;
  const close = async (): Promise<void> => {
    await open?.cohort.dispose();
    open = undefined;
  };
  return {
    async train(specs, signal) {
      const [first] = specs as readonly [TrainingSpec];
      const name = `${specs.length} ${trainingFamily(first)}`;
      if (open?.name !== name) {
        await close();
        const set = data.get(first.data) ?? openData(first.data, host, 0);
        data.set(first.data, set);
        const net = suitedTo(first.net, exampleShape(set));
        const { recipe } = first;
        const prepared = preparedRun(buildNet(net), {
          data: set,
          ...recipe,
          ...recipe.coefficients,
          clip: recipe.clip === null ? undefined : clipText(recipe.clip),
          binding: { maxBytes: tools.memoryLimit },
        });
        open = { name, prepared, cohort: await openCohort(taskOf(prepared, tools), specs.length), draw: weightsOf(net) };
      }
      const { cohort, prepared, draw } = open;
      const results: CohortResult[] = [];
      for (let i = 0; i < specs.length; i += cohort.runs) {
        const runs = specs.slice(i, i + cohort.runs).map(({ recipe: { lr, seed } }) => ({
          lr,
          order: orderOf(prepared.data.train.count, prepared.order.batch, seed, false),
          weights: draw(seed),
        }));
        results.push(...(await cohort.train(runs, signal)));
      }
      return results;
    },
    close,
  };
}

/** The network of a family on its data, scored on the validation examples where there are such. */
function taskOf(prepared: PreparedRun, { runtime, memoryLimit }: Tools): CohortTask {
  const { trainee, feeder, recipe, data } = prepared;
  const scoring = data.validation && scoringOf(prepared, data.validation, SCORED);
  return { trainee, feeder, steps: recipe.steps, runtime, memoryLimit, scoring };
}
