import type { EvidenceRow } from "../claims/claim.js";
import { isPending } from "../claims/claim.js";
import type { JudgedClaim } from "../claims/run-claims.js";
import { exact, level as levelOf, plural } from "../util/format.js";
import { wrap } from "./visible.js";

const WIDTH = 100;

/** A text in lines of at most WIDTH columns. */
const wrapped = (text: string, indent: string): string =>
  wrap(text, WIDTH - indent.length)
    .map((l) => `${indent}${l}\n`)
    .join("");

const HELD = { equal: "holds", different: "does not hold", undecided: "open" } as const;

/** One line a figure: place, measured [interval], law ± margin. */
function figureLine(f: EvidenceRow, arm: number): string {
  const place = `${f.arm.padEnd(arm)}  ${(f.depth === null ? "all L" : `L = ${f.depth}`).padEnd(9)}`;
  const measured = `${exact(f.measured.value).padStart(9)}  ${`[${exact(f.measured.low)}, ${exact(f.measured.high)}]`.padEnd(22)}`;
  const law = f.law === null ? "" : `law ${exact(f.law.value)} ± ${exact(f.law.margin)}: ${HELD[f.law.held]}`;
  return `    ${place} ${measured} ${law}`.trimEnd();
}

/** A claim as text: verdict, what was found, every figure with its interval and the law, assumptions, the command that measures it again. */
export function claimText({ claim, judgement, arms }: JudgedClaim, command: string): string {
  const head = `${judgement.verdict.padEnd(12)} ${claim.id}\n`;
  const said = wrapped(`“${claim.sentence}” (${claim.from})`, "  ");
  const found = wrapped(judgement.sentence, "  ");
  if (isPending(claim)) return `${head}${said}${found}`;
  const groups = new Map<string, EvidenceRow[]>();
  for (const f of judgement.evidence) groups.set(f.what, [...(groups.get(f.what) ?? []), f]);
  const width = Math.max(0, ...judgement.evidence.map((f) => f.arm.length));
  const figures = [...groups].map(([what, list]) => `  ${what}\n${list.map((f) => `${figureLine(f, width)}\n`).join("")}`).join("");
  const trials = arms.reduce((n, a) => n + a.trials.length, 0);
  const [first] = judgement.evidence;
  const level = first ? `, intervals at ${levelOf(first.measured.level)}` : "";
  const missing = claim.missing === undefined ? "" : wrapped(`Not measured yet: ${claim.missing}.`, "  ");
  return `${head}${said}${found}${figures}${wrapped(`Rule. ${claim.rule}`, "  ")}${wrapped(`Assumes: ${claim.assumptions.join("; ")}.`, "  ")}${missing}  ${plural(trials, "trial")}${level}. Again: ${command}\n`;
}
