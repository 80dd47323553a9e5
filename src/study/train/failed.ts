import type { Model } from "../../graph/graph.js";
import type { Runtime } from "../../runtime/runtime.js";
import type { Failure } from "../../train/run.js";
import { list, number } from "../../util/format.js";
import { check } from "../check.js";
import type { TrainRecord } from "../train-record.js";
import { batchOf, withState } from "./finish.js";
import type { TrainOptions } from "./options.js";
import type { Prepared } from "./prepare.js";

type Diverged = NonNullable<TrainRecord["diverged"]>;

/** Finds out why a step is not finite: a check-up of the network as it was before the step, on the batch of the step. */
export async function divergedOf(model: Model, failure: Failure, prepared: Prepared, options: TrainOptions, runtime: Runtime): Promise<Diverged> {
  const { step, loss, broken, before, examples } = failure;
  const { setAside, task } = { setAside: prepared.trainee.setAside, task: prepared.task };
  const record = await check(withState(model, before), {
    ...network(options),
    runtime,
    batches: [batchOf(failure, prepared.trainee)],
    loss: options.loss === undefined ? undefined : task.loss,
    dropoutSeed: prepared.recipe.seed,
    frozen: setAside.filter((s) => options.frozen?.includes(s.name)).map((s) => s.name),
    seed: prepared.recipe.seed,
  });
  const where = !Number.isFinite(loss) ? "forward" : record.verdict === "non-finite" ? "backward" : "update";
  const cause = record.findings.filter((f) => f.rule === "non-finite-forward" || f.rule === "non-finite-backward");
  return { step, loss, broken, examples: [...examples], where, told: words(failure, where, cause), findings: record.findings };
}

function network({
  dims,
  set,
  output,
  dtype,
  trainable,
  memoryLimit,
  maxNodes,
}: TrainOptions): Pick<TrainOptions, "dims" | "set" | "output" | "dtype" | "trainable" | "memoryLimit" | "maxNodes"> {
  return { dims, set, output, dtype, trainable, memoryLimit, maxNodes };
}

function words({ step, loss, broken }: Failure, where: Diverged["where"], cause: Diverged["findings"]): string {
  const what = {
    forward: `the loss of step ${step} is ${number(loss)}`,
    backward: `the loss of step ${step} is ${number(loss)}, and its gradient is not finite`,
    update: `loss and gradient of step ${step} are finite, and the step itself made ${list(broken)} overflow: the steps are too large`,
  }[where];
  const [first] = cause;
  return `${what.charAt(0).toUpperCase()}${what.slice(1)}.${first === undefined ? "" : ` ${ended(first.evidence)}`}`;
}

/** A text with the point that ends a sentence. */
const ended = (text: string): string => (text.endsWith(".") ? text : `${text}.`);
