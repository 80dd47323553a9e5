import type { Model } from "../../graph/graph.js";
import type { Runtime } from "../../runtime/runtime.js";
import type { Failure } from "../../train/run.js";
import { capitalised, list, number, sentences } from "../../util/format.js";
import { check } from "../check.js";
import type { TrainRecord } from "../train-record.js";
import { batchOf, withState } from "./finish.js";
import type { TrainOptions } from "./options.js";
import type { Prepared } from "./prepare.js";

type Diverged = NonNullable<TrainRecord["diverged"]>;

/** Finds out why a step is not finite: a check-up of the network as it was before the step, on the batch of the step. */
export async function divergedOf(model: Model, failure: Failure, prepared: Prepared, options: TrainOptions, runtime: Runtime): Promise<Diverged> {
  const { step, loss, broken, before, examples } = failure;
  const { dims, set, output, dtype, trainable, frozen, memoryLimit, maxNodes } = options;
  const { seed } = prepared.recipe;
  const record = await check(withState(model, before), {
    ...{ dims, set, output, dtype, trainable, frozen, memoryLimit, maxNodes },
    runtime,
    batches: [batchOf(failure, prepared.trainee)],
    loss: options.loss,
    dropoutSeed: seed,
    seed,
  });
  const where = !Number.isFinite(loss) ? "forward" : record.verdict === "non-finite" ? "backward" : "update";
  const cause = record.findings.find((f) => f.rule === "non-finite-forward" || f.rule === "non-finite-backward");
  return { step, loss, broken, examples: [...examples], where, told: words(failure, where, cause), findings: record.findings };
}

function words({ step, loss, broken }: Failure, where: Diverged["where"], cause: Diverged["findings"][number] | undefined): string {
  const what = {
    forward: `the loss of step ${step} is ${number(loss)}`,
    backward: `the loss of step ${step} is ${number(loss)}, and its gradient is not finite`,
    update: `loss and gradient of step ${step} are finite, and the step itself made ${list(broken)} overflow: the steps are too large`,
  }[where];
  return sentences(`${capitalised(what)}.`, cause === undefined ? "" : ended(cause.evidence));
}

/** A text with the point that ends a sentence. */
const ended = (text: string): string => (text.endsWith(".") ? text : `${text}.`);
