import type { Evidence } from "../../doctor/evidence.js";
import { examine } from "../../doctor/index.js";
import type { Verdict } from "../../verdict/types.js";
import { gravest, judgeChains } from "../../verdict/chains.js";
import type { JudgedChain } from "../../verdict/chains.js";
import { softened } from "../../verdict/cures.js";
import { isIll, notFinite, withoutParameters } from "../../verdict/judge.js";
import type { CheckRecord } from "../check-record.js";
import type { Choice } from "../../data/drawn-inputs.js";
import type { BatchNorm } from "../../passes/batch-norms.js";
import { modulePath } from "../../graph/module-path.js";
import { foldedNorms } from "../../passes/folded-norms.js";
import { list, plural } from "../../util/format.js";
import { coverageOf } from "./coverage.js";
import { composeRecord } from "./compose.js";
import type { Observed } from "./observe.js";
import type { CheckOptions } from "./options.js";
import { settingsOf } from "./settings.js";

/** Makes the record of a check-up from what was observed: profiles, verdict, findings. It runs nothing; `start` is when the check-up began. */
export function judged(observed: Observed, options: CheckOptions, start: number): CheckRecord {
  const {
    prepared,
    found,
    joined,
    examples,
    mixing,
    measured,
    results,
    opened,
    others,
    cure: tried = null,
    nonFinite,
    nonFiniteIn,
    lambdaMax,
    stored,
    outputs,
  } = observed;
  const { readings, places } = measured;
  const cures = tried === null || tried === "no-memory" ? undefined : tried;
  const cure = cures === undefined ? null : { factor: cures.factor, verdict: cures.verdict };
  const { trunks } = joined;
  const chains = softened(observed.chains, cures?.chains ?? [], prepared.bound.graph);
  const worst = gravest(chains);
  const chain = gravest(chains.filter((c) => c.structure === trunks[0]));
  const asStored = stored && gravest(judgeChains({ ...stored.joined, measured: stored.measured, mixing: stored.mixing })).verdict;
  const cause = nonFinite === undefined ? null : { node: modulePath(nonFinite.node), op: nonFinite.op };
  const verdict =
    results.length === 0
      ? (nothingToJudge(prepared, worst.verdict) ?? worst.verdict)
      : notFinite({
          kind: "results-not-finite",
          results,
          cause,
          examples: nonFinite?.examples ?? null,
          of: examples,
          outputsOnly: nonFinite?.outputs !== undefined,
        });
  const { zeroExamples } = chain.profiles;
  const evidence: Evidence = {
    bound: prepared.bound,
    structure: trunks[0]!,
    readings,
    places,
    chains,
    chain,
    verdict,
    examples,
    mixing,
    zeroExamples: silentExamples(chains),
    cure,
    stored: asStored,
    nonFinite,
    nonFiniteIn,
    curvature: lambdaMax === undefined || options.learningRate === undefined ? undefined : { lambdaMax, learningRate: options.learningRate },
    lossScale: options.lossScale,
  };
  const { loss, choices } = prepared;
  const settings = [
    ...choices,
    ...(opened
      ? [{ what: "head", value: `it starts at zero (${list(opened.weights)}) and keeps every gradient back: for the verdict it was drawn` }]
      : []),
    ...(tried === "no-memory"
      ? [{ what: "cure", value: "no factor on all weights was tried: holding them twice would pass the memory limit (--max-memory)" }]
      : []),
    ...normChoices(prepared.bound.batchNorms),
    ...settingsOf({
      options,
      loss,
      measured,
      mixing,
      batches: readings.batches(),
      zeroExamples,
      zeroIn: evidence.zeroExamples === zeroExamples || chains.length < 2 ? undefined : chain.name,
      examples,
      finite: results.length === 0,
      scatter: others?.readings.batches(),
    }),
  ];
  const more = {
    graph: foldedNorms(prepared.bound.model) ? ("inference" as const) : ("training" as const),
    stored: asStored
      ? { verdict: asStored.decision, cause: asStored.cause, growth: { gradient: asStored.gradient, scaleFree: asStored.scaleFree } }
      : null,
    cure,
    setAside: prepared.setAside,
    coverage: coverageOf(prepared, found, outputs.unseen),
  };
  return composeRecord(evidence, examine(evidence), settings, more, (performance.now() - start) / 1000);
}

/**
 * Counts the examples that get no gradient on any chain. One that gets none in a branch, such as the critic that a minimum of two does not take, has its gradient by the other ways.
 */
function silentExamples(chains: readonly JudgedChain[]): number {
  const [first, ...others] = chains.filter((c, _, all) => c.blocks.length > 0 || all.length === 1);
  return (first?.profiles.silent ?? []).filter((r) => others.every((c) => c.profiles.silent?.includes(r) === true)).length;
}

/** Returns the verdict where no parameter has a part in the output, and no gradient is ill between inputs either; undefined elsewhere. */
function nothingToJudge({ parameters, setAside }: Observed["prepared"], verdict: Verdict): Verdict | undefined {
  if (isIll(verdict) || parameters.some((p) => p.reaches)) return undefined;
  return withoutParameters({ kind: "no-parameters", setAside: setAside.length, unreached: parameters.length });
}

/** Says whose statistics norms over the batch ran with, where the file says otherwise or the batch has none. */
function normChoices(norms: readonly BatchNorm[]): readonly Choice[] {
  const fixed = norms.filter((n) => !n.trainingInFile);
  if (fixed.length === 0) return [];
  const trained = fixed.filter((n) => n.training).length;
  const left = fixed.length - trained;
  const value = [
    ...(trained > 0 ? [`${plural(trained, "BatchNormalization")} with the statistics of the batch, as in training; the file has constant ones`] : []),
    ...(left > 0 ? [`${plural(left, "BatchNormalization")} with the constant statistics of the file: a channel has one value in this batch`] : []),
  ];
  return [{ what: "norms", value: value.join("; ") }];
}
