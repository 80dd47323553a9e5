import type { Evidence } from "../../doctor/evidence.js";
import { examine } from "../../doctor/index.js";
import { profilesOf } from "../../probe/profile.js";
import { judge } from "../../verdict/judge.js";
import type { CheckRecord } from "../check-record.js";
import { composeRecord } from "./compose.js";
import type { Observed } from "./observe.js";
import type { CheckOptions } from "./options.js";
import { settingsOf } from "./settings.js";

/** Makes the record of a check-up from what was observed: profiles, verdict, findings. It runs nothing; `start` is when the check-up began. */
export function judged(observed: Observed, options: CheckOptions, start: number): CheckRecord {
  const { prepared, structure, examples, mixing, measured, nonFinite, lambdaMax } = observed;
  const { readings, places } = measured;
  const profiles = profilesOf(structure, measured, mixing);
  const evidence: Evidence = {
    bound: prepared.bound,
    structure,
    readings,
    places,
    data: profiles,
    verdict: judge(profiles),
    examples,
    mixing,
    zeroExamples: profiles.zeroExamples,
    nonFinite,
    curvature: lambdaMax === undefined || options.learningRate === undefined ? undefined : { lambdaMax, learningRate: options.learningRate },
    lossScale: options.lossScale,
  };
  const { loss, choices } = prepared;
  const batches = readings.batches();
  const settings = [...choices, ...settingsOf({ options, loss, measured, mixing, batches, zeroExamples: profiles.zeroExamples })];
  return composeRecord(evidence, profiles, examine(evidence), settings, (performance.now() - start) / 1000);
}
