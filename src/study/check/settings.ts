import type { LossSpec } from "../../autodiff/loss.js";
import type { Choice } from "../../data/drawn-inputs.js";
import type { Measured } from "../../probe/measure.js";
import { INTERVAL_BATCHES } from "../../probe/profile.js";
import type { CheckOptions } from "./options.js";

/** What settings follow from. */
export interface SettingsRequest {
  readonly options: CheckOptions;
  readonly loss: LossSpec | undefined;
  readonly measured: Measured;
  /** Whether examples influence each other; undefined with one example. */
  readonly mixing: boolean | undefined;
  readonly examples: number;
  /** Whether all results are finite. */
  readonly finite: boolean;
  /** How many batches were drawn like the one given, for their scatter. */
  readonly scatter: number | undefined;
  /** How many batches were measured. */
  readonly batches: number;
  /** Examples that were left out because their gradient is exactly zero. */
  readonly zeroExamples: number;
  /** The chain on which they have none, where they have one elsewhere. */
  readonly zeroIn: string | undefined;
}

/** Says why there is no interval over replicates, and what stands in its place. */
function intervalWords(examples: number, mixing: boolean | undefined, scatter: number | undefined): string {
  const why =
    mixing === true
      ? "examples influence each other"
      : examples === 1
        ? "there is one example"
        : "whether examples influence each other is not known";
  const instead =
    scatter === undefined
      ? "the spread lies further from every threshold than batches of this size scatter, so it decides alone"
      : `that of a single batch is taken from the scatter of ${scatter} batches drawn like it`;
  return `none over replicates: ${why}, so it takes at least ${INTERVAL_BATCHES} batches (--batch may be repeated); ${instead}`;
}

/** Returns how the network was measured, as rows of the record: loss, arithmetic, dropout, batches, and the notes of the measurement. */
export function settingsOf({
  options,
  loss,
  measured,
  mixing,
  batches,
  zeroExamples,
  zeroIn,
  examples,
  finite,
  scatter,
}: SettingsRequest): readonly Choice[] {
  const rows: Choice[] = [
    { what: "loss", value: lossWords(loss) },
    {
      what: "arithmetic",
      value: `${options.dtype ?? "float32"}, ${options.runtime.name}${measured.rescaled ? ", backward pass rescaled at every block" : ""}`,
    },
    { what: "dropout", value: options.dropoutSeed === undefined ? "identity" : `masks from seed ${options.dropoutSeed}` },
  ];
  if (batches > 1) rows.push({ what: "batches", value: `${batches}${mixing ? ", because examples influence each other" : ""}` });
  if (mixing !== false && batches < INTERVAL_BATCHES) rows.push({ what: "interval", value: intervalWords(examples, mixing, scatter) });
  if (zeroExamples > 0 && finite)
    rows.push({
      what: "examples left out",
      value: `${zeroExamples}: their gradient is exactly zero${zeroIn === undefined ? "" : ` on the chain ${zeroIn}`}`,
    });
  return [...rows, ...measured.warnings.map((value) => ({ what: "note", value }))];
}

function lossWords(loss: LossSpec | undefined): string {
  if (!loss) return "none: 4 cotangents drawn from N(0, 1) on the output";
  return loss.kind === "output" ? `the network's own output ${loss.name}` : loss.kind;
}
