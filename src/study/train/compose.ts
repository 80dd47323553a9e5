import type { Parameter } from "../../passes/parameters.js";
import { QUANTITY_NAMES } from "../../probe/quantities.js";
import type { Readings } from "../../probe/readings.js";
import { blockName } from "../../structure/block-site.js";
import type { Watch } from "../../train/watch.js";
import type { TrainRecord } from "../train-record.js";
import type { Prepared } from "./prepare.js";

/** Of what a record is made. */
export interface RecordParts {
  readonly prepared: Prepared;
  readonly readings: Readings;
  readonly watch: Watch | undefined;
  readonly diverged: TrainRecord["diverged"];
  readonly overfit: TrainRecord["overfit"];
  readonly seconds: number;
  /** The parameters of the network. */
  readonly parameters: readonly Parameter[];
}

/** Makes the record of a run. */
export function recordOf({ prepared, readings, watch, diverged, overfit, seconds, parameters }: RecordParts): TrainRecord {
  const { model, data, standardised, recipe, classes, settings, warnings, trainee } = prepared;
  const losses = readings.select("loss", 0);
  const accuracies = readings.select("accuracy", 0);
  const scores = readings.select("validation-loss", 0);
  const best =
    accuracies.length > 0
      ? accuracies.reduce((a, b) => (b.value > a.value ? b : a))
      : scores.length > 0
        ? scores.reduce((a, b) => (b.value < a.value ? b : a))
        : undefined;
  const at = (quantity: "accuracy" | "validation-loss"): number | null => readings.at(quantity, 0, { step: best!.step }) ?? null;
  const cut = new Map((watch?.structure.trunk ?? []).map((c, i) => [i, readings.sites.findIndex((s) => s.kind === "value" && s.name === c.name)]));
  return {
    schema: "isograd/train/1",
    model: {
      name: model.name,
      nodes: model.graph.nodes.length,
      parameters: parameters.reduce((n, q) => n + q.value.data.length, 0),
      opset: model.opset,
      producer: model.producer,
    },
    data: {
      name: data.name,
      about: data.about,
      examples: data.train.count,
      validation: data.validation?.count ?? 0,
      classes: classes ?? null,
      standardised: [...(standardised?.by ?? [])].map((s) => ({ input: s.input, mean: [...s.mean], deviation: [...s.deviation] })),
    },
    options: { ...recipe },
    settings: [...settings, ...warnings.map((value) => ({ what: "note", value }))],
    steps: losses.length,
    loss: losses.at(-1)?.value ?? null,
    accuracy: accuracies.at(-1)?.value ?? null,
    diverged,
    best: best === undefined ? null : { step: best.step, loss: at("validation-loss"), accuracy: at("accuracy") },
    overfit,
    setAside: [...trainee.setAside],
    blocks: (watch?.structure.blocks ?? []).map((b) => ({
      name: blockName(watch!.structure, b),
      from: cut.get(b.from)!,
      to: cut.get(b.to)!,
      kind: b.kind,
      skip: b.skip,
      norms: b.norms,
    })),
    trunk: [...cut.values()],
    sites: readings.sites.map(({ kind, name }) => ({ kind, name })),
    parameters: parameters.flatMap((q) => {
      const at = readings.sites.findIndex((s) => s.kind === "parameter" && s.name === q.name);
      return at < 0 ? [] : [{ site: at, shape: q.value.shape }];
    }),
    readings: rowsOf(readings),
    seconds,
  };
}

/** The readings as columns, one for each quantity and place. */
function rowsOf(readings: Readings): TrainRecord["readings"] {
  return QUANTITY_NAMES.flatMap((quantity) =>
    readings.sites.flatMap((_, site) => {
      const rows = readings.select(quantity, site);
      return rows.length === 0 ? [] : [{ quantity, site, steps: rows.map((r) => r.step), values: rows.map((r) => r.value) }];
    }),
  );
}
