import { CLAIMS, claimsNamed } from "../claims/index.js";
import { FULL, QUICK } from "../claims/shared/budgets.js";
import { claimText, claimsList, claimsTable } from "../report/claims-text.js";
import { widthOf } from "../report/text-parts.js";
import { wrap } from "../report/visible.js";
import { claimsJson } from "../study/claims-record.js";
import { claims } from "../study/claims.js";
import { IsogradError } from "../util/errors.js";
import { RUNTIME, integer } from "./options.js";
import { outputsOf, writeOutputs } from "./outputs.js";
import { TRIAL_OPTIONS, withTrials } from "./trials.js";
import { terminalColumns } from "./terminal.js";
import type { Given, Verb } from "./verb.js";

/** `isograd claims` decides the claims of the thread by measurement. */
export const verb: Verb = {
  options: {
    quick: { help: "fewer seeds, smaller networks (default)" },
    full: { help: "the seeds and depths of a paper" },
    seeds: { value: "N", help: "seeds at the greatest depth; shallower arms have up to four times as many" },
    html: { value: "F", help: "write one self-contained page: the answer, and every claim with its picture" },
    json: { value: "F", help: "write verdicts and numbers (isograd/claims/1); - for standard output" },
    summary: { help: "print the answer and a line for each claim only" },
    list: { help: "list the claims" },
    ...TRIAL_OPTIONS,
    runtime: RUNTIME,
    "max-memory": { value: "GIB", help: "refuse networks that would need more (default: 75 % of what is free)" },
  },
  run: runClaims,
};

/** Seeds without which nothing has an interval. */
const LEAST_SEEDS = 2;

async function runClaims(ids: readonly string[], given: Given): Promise<number> {
  if (given["list"] === true) {
    process.stdout.write(claimsList(CLAIMS, terminalColumns()));
    return 0;
  }
  const asked = claimsNamed(ids);
  if (given["quick"] === true && given["full"] === true)
    throw new IsogradError("usage/option", "--quick and --full exclude each other", { fix: "give one of them" });
  const seeds = integer(given, "seeds", LEAST_SEEDS);
  const chosen = given["full"] === true ? FULL : QUICK;
  const budget = seeds === undefined ? chosen : { ...chosen, seeds };
  const outputs = outputsOf(given);
  const summary = given["summary"] === true;
  const columns = terminalColumns();
  const width = widthOf({ width: columns });
  return withTrials(given, async (trials, print) => {
    const say = (text: string): void => {
      if (outputs.json !== "-") print(text);
    };
    const record = await claims(asked, { ...trials, budget, seeds, onVerdict: summary ? undefined : (claim) => say(`${claimText(claim, width)}\n`) });
    if (record.answer !== "")
      say(`${summary || columns !== undefined ? wrap(`Answer. ${record.answer}`, width).join("\n") : `Answer. ${record.answer}`}\n`);
    if (summary) say(`${record.answer === "" ? "" : "\n"}${claimsTable(record.claims, width)}`);
    await writeOutputs(
      outputs,
      { html: async () => (await import("../report/claims-page.js")).claimsPage(record), json: () => claimsJson(record) },
      print,
    );
    return 0;
  });
}
