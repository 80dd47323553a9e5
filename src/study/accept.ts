import { RULES } from "../doctor/index.js";
import { modulePath, modulesOfNode, modulesOfParameter } from "../graph/module-path.js";
import { IsogradError, nearest } from "../util/errors.js";
import type { CheckRecord, Finding } from "./check-record.js";

/** What a team has accepted: a rule, perhaps at one place only. */
export interface Acceptance {
  /** The entry as it was given: `RULE` or `RULE@SITE`. */
  readonly entry: string;
  /** Where it was given: `--ignore`, the path of an isograd.json, or `ignore` of the library. */
  readonly by: string;
}

/** An entry that accepts a verdict that is not decided; no finding speaks of it. */
const UNDECIDED = "undecided";

/** The rules whose findings are the reason of a verdict; a verdict that is not here has the rule of its own name. */
const RULES_OF_VERDICT: Readonly<Record<string, readonly string[]>> = { "non-finite": ["non-finite-forward", "non-finite-backward"] };

/** What an entry may name: a rule, or a verdict for its rules. */
export const ACCEPTABLE: readonly string[] = [...RULES, ...Object.keys(RULES_OF_VERDICT), UNDECIDED];

/** Returns the rules that an entry speaks of. */
const rulesOf = (rule: string): readonly string[] => RULES_OF_VERDICT[rule] ?? [rule];

interface Entry extends Acceptance {
  readonly rule: string;
  readonly place: string | undefined;
}

/** Reads what an `ignore` option holds. Error `usage/option` for a rule that is none, with the list of rules. */
export function acceptances(ignore: readonly (string | Acceptance)[] = []): readonly Acceptance[] {
  const given = ignore.map((i) => (typeof i === "string" ? { entry: i, by: "ignore" } : i));
  given.forEach(parsed);
  return given;
}

/** Divides a list of entries at its commas, but for those inside a place: what follows one there is like no rule. */
export function entriesIn(text: string): readonly string[] {
  const entries: string[] = [];
  for (const piece of text.split(",")) {
    const before = entries.at(-1);
    const [rule] = piece.trim().split("@") as [string];
    if (before?.includes("@") === true && !ACCEPTABLE.includes(rule) && nearest(rule, ACCEPTABLE) === undefined)
      entries[entries.length - 1] = `${before},${piece}`;
    else entries.push(piece);
  }
  return entries.map((e) => e.trim());
}

function parsed({ entry, by }: Acceptance): Entry {
  const at = entry.indexOf("@");
  const rule = at < 0 ? entry : entry.slice(0, at);
  const place = at < 0 ? undefined : entry.slice(at + 1);
  if (!ACCEPTABLE.includes(rule)) {
    const near = nearest(rule, ACCEPTABLE);
    throw new IsogradError("usage/option", `there is no rule "${rule}"`, {
      at: [by],
      expected: ACCEPTABLE.join(", "),
      ...(near ? { fix: `did you mean "${near}"?` } : {}),
    });
  }
  if (place === "" || (place !== undefined && rule === UNDECIDED))
    throw new IsogradError("usage/option", `"${entry}" names no place`, { at: [by], expected: "RULE or RULE@SITE", fix: `leave out the @` });
  return { entry, by, rule, place };
}

/** Returns the record with the findings that the entries accept marked as such, and the entries with how many findings each accepts. */
export function withAcceptances(record: CheckRecord, given: readonly Acceptance[]): CheckRecord {
  if (given.length === 0) return record;
  const entries = given.map(parsed);
  const counts = entries.map((e) => (e.rule === UNDECIDED && record.verdict === UNDECIDED ? 1 : 0));
  const findings = record.findings.map((finding): Finding => {
    const own = entries.filter((e) => rulesOf(e.rule).includes(finding.rule));
    const whole = own.find((e) => e.place === undefined || isPlaceOf(e.place, finding));
    // Entries that name its parts accept it together, and only where they name all of them: what joins them later is new.
    const used = whole ? [whole] : acceptedInParts(own, finding);
    if (used.length === 0) return finding;
    used.forEach((e) => counts[entries.indexOf(e)]!++);
    return { ...finding, accepted: used.map(({ entry, by }) => ({ entry, by })) };
  });
  return { ...record, findings, ignored: given.map(({ entry, by }, i) => ({ entry, by, matched: counts[i]! })) };
}

/** Tells whether a place is that of a finding, or a module that holds all of it. */
function isPlaceOf(place: string, { where, site }: Finding): boolean {
  if (place === where || place === site?.name || place === site?.module) return true;
  return site?.module !== undefined && liesIn(site.module.split("."), place);
}

/** Returns the entries that together name every part of a finding's site; none where a part is left over. */
function acceptedInParts(entries: readonly Entry[], finding: Finding): readonly Entry[] {
  const parts = partsOf(finding);
  const used = parts.map((part) => entries.find((e) => e.place !== undefined && (part.names.includes(e.place) || liesIn(part.modules, e.place))));
  return used.every((e) => e !== undefined) ? [...new Set(used)] : [];
}

interface Part {
  readonly names: readonly string[];
  readonly modules: readonly string[];
}

/** The parameters, or else the nodes, that a finding speaks of. */
function partsOf({ site, facts }: Finding): readonly Part[] {
  const parameters = facts?.["parameters"];
  if (site?.kind === "parameter" && Array.isArray(parameters))
    return parameters.filter((p) => typeof p === "string").map((p) => ({ names: [p], modules: modulesOfParameter(p) }));
  return (site?.nodes ?? []).map((n) => ({ names: [n, modulePath(n)], modules: modulesOfNode(n) }));
}

/** Tells whether modules, from the outside in, begin with those of a path such as `layer1.0`. */
function liesIn(modules: readonly string[], path: string): boolean {
  const outer = path.split(".");
  return outer.length <= modules.length && outer.every((m, i) => m === modules[i]);
}

/**
 * Tells whether a check-up needs nobody's attention: no finding above info that is not accepted, and a verdict that is healthy, or whose own findings are
 * accepted.
 */
export function isQuiet(record: CheckRecord): boolean {
  const open = record.findings.filter((f) => f.severity !== "info" && f.accepted === undefined);
  return open.length === 0 && (record.verdict === "healthy" || isVerdictAccepted(record));
}

function isVerdictAccepted({ verdict, findings, ignored = [] }: CheckRecord): boolean {
  const rules = rulesOf(verdict);
  const own = findings.filter((f) => rules.includes(f.rule));
  // A verdict without a finding of its own is accepted by its name.
  return own.length > 0 ? own.some((f) => f.accepted !== undefined) : ignored.some((i) => i.entry === verdict || rules.includes(i.entry));
}
