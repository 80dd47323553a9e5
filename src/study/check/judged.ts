import type { Evidence } from "../../doctor/evidence.js";
import { examine } from "../../doctor/index.js";
import { gravest, judgeChains } from "../../verdict/chains.js";
import { notFinite } from "../../verdict/judge.js";
import type { CheckRecord } from "../check-record.js";
import { badResults } from "./bad-results.js";
import { coverageOf } from "./coverage.js";
import { composeRecord } from "./compose.js";
import type { Observed } from "./observe.js";
import type { CheckOptions } from "./options.js";
import { settingsOf } from "./settings.js";

/** Makes the record of a check-up from what was observed: profiles, verdict, findings. It runs nothing; `start` is when the check-up began. */
export function judged(observed: Observed, options: CheckOptions, start: number): CheckRecord {
  const { prepared, found, joined, examples, mixing, measured, others, cure = null, nonFinite, lambdaMax } = observed;
  const { readings, places } = measured;
  const results = nonFinite?.reaches === false ? [] : badResults(measured);
  const { trunks } = found;
  const chains = judgeChains({ trunks, starts: joined.starts, measured, others, mixing, mend: results.length === 0 });
  const chain = gravest(chains);
  const cause = nonFinite === undefined ? null : { node: nonFinite.node, op: nonFinite.op };
  const verdict =
    results.length === 0
      ? chain.verdict
      : notFinite({ kind: "results-not-finite", results, cause, examples: nonFinite?.examples ?? null, of: examples });
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
    zeroExamples,
    cure,
    nonFinite,
    curvature: lambdaMax === undefined || options.learningRate === undefined ? undefined : { lambdaMax, learningRate: options.learningRate },
    lossScale: options.lossScale,
  };
  const { loss, choices } = prepared;
  const batches = readings.batches();
  const settings = [...choices, ...settingsOf({ options, loss, measured, mixing, batches, zeroExamples, examples, scatter: others?.readings.batches() })];
  const more = { graph: "training" as const, stored: null, cure, setAside: prepared.setAside, coverage: coverageOf(prepared, found) };
  return composeRecord(evidence, examine(evidence), settings, more, (performance.now() - start) / 1000);
}
