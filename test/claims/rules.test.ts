import { describe, expect, it } from "vitest";
import { isPending } from "../../src/claims/claim.js";
import type { Claim, EvidenceRow } from "../../src/claims/claim.js";
import { CLAIMS } from "../../src/claims/index.js";
import { QUICK } from "../../src/claims/shared/budgets.js";
import {
  COMPOUND,
  EXPLOSION,
  MINUS_FIVE_PERCENT,
  above,
  all,
  any,
  atLeast,
  below,
  between,
  bound,
  boundOf,
  every,
  fact,
  followsLaw,
  given,
  keepsToLaw,
  named,
  not,
  on,
  otherwise,
  some,
  term,
  within,
} from "../../src/claims/shared/predicates.js";
import type { Predicate } from "../../src/claims/shared/predicates.js";
import { claim, decide, proseOf } from "../../src/claims/shared/rule.js";
import type { Rule } from "../../src/claims/shared/rule.js";
import type { Laws } from "../../src/theory/laws.js";
import { ALL_TRUTHS } from "./all-truths.js";
import { ROW_CASES } from "./rows-reached.js";
import { keptLaws, synthesise } from "./synthetic.js";
import type { DrawnWorld, World } from "./synthetic.js";

const built = CLAIMS.filter((c): c is Claim => !isPending(c));
const laws = keptLaws();
/** Rounds of each truth. */
const ROUNDS = 2;

function rowsIn(c: Claim, world: World | DrawnWorld, more: Partial<Laws> = {}): readonly (number | null)[] {
  return Array.from({ length: ROUNDS }, (_, round) => {
    const results = typeof world === "function" ? synthesise(c, world, QUICK, round) : world.draw(round);
    return c.judge(results, { comparisons: CLAIMS.length, laws: { ...laws, ...more } }).row;
  });
}

describe.each(built.map((c) => [c.id, c] as const))("the rule of %s", (id, c) => {
  it("reaches every row of its table in some world", () => {
    const reached = new Set([
      ...ALL_TRUTHS[id]!(c).flatMap((truth) => rowsIn(c, truth.world(QUICK))),
      ...(ROW_CASES[id]?.(c) ?? []).flatMap((row) => rowsIn(c, row.world(QUICK), row.laws)),
    ]);
    expect(c.table.map((row, i) => `${i} ${row.verdict}`).filter((_, i) => !reached.has(i))).toEqual([]);
  });

  it("tells every verdict that it can give, and is undecided otherwise", () => {
    for (const { verdict, when } of c.table) expect(c.rule).toContain(`${verdict}: ${when}.`);
    expect(c.table.filter((row) => row.when === "otherwise")).toEqual([c.table[c.table.length - 1]]);
    expect(c.table[c.table.length - 1]!.verdict).toBe("UNDECIDED");
    expect(new Set(c.table.map((row) => row.verdict)).has("PENDING")).toBe(false);
  });

  it("is made of rows that say what quantity they are: one for each name, a logarithm where the name begins with ln", () => {
    const world = ALL_TRUTHS[id]!(c)[0]!.world(QUICK);
    const results = typeof world === "function" ? synthesise(c, world, QUICK, 0) : world.draw(0);
    const { evidence } = c.judge(results, { comparisons: CLAIMS.length, laws });
    const kinds = new Map<string, EvidenceRow["quantity"]>();
    for (const { what, quantity } of evidence) {
      expect(kinds.get(what) ?? quantity).toEqual(quantity);
      kinds.set(what, quantity);
      expect(quantity.of).not.toMatch(/^(ln|the) |undefined|\[object/);
      if (what.startsWith("ln ")) expect(quantity.kind, what).toBe("logarithm");
      if (quantity.kind === "number") expect(quantity.of).toBe(what);
    }
    if (c.picture !== undefined) expect([...kinds.keys()]).toContain(c.picture);
  });

  it("is prose: no clause is empty, none is stated twice, and terms are explained before they are used", () => {
    expect(c.rule).not.toMatch(/,,|;;|\.\.|  |undefined|NaN|\[object/);
    const [terms = ""] = c.rule.split("The first of these that holds");
    for (const m of terms.matchAll(/“([^”]+)” means that/g)) {
      expect(c.rule.slice(0, m.index)).not.toContain(m[1]);
      expect(c.rule.slice(m.index + m[0].length)).toContain(m[1]);
    }
  });
});

const row = (low: number, high: number, more: Partial<EvidenceRow> = {}): EvidenceRow => ({
  what: "a number",
  quantity: { kind: "number", of: "a number" },
  arm: "an arm",
  role: "test",
  depth: 10,
  measured: { value: (low + high) / 2, low, high, seeds: 8, level: 0.95, method: "student" },
  law: null,
  ...more,
});
const lawful = (held: "equal" | "different" | "undecided"): EvidenceRow => row(0, 1, { law: { value: 0, margin: 1, held, source: "" } });

describe("a condition", () => {
  it("is of whole intervals, of every row", () => {
    const x = named<readonly EvidenceRow[]>("x", (r) => r);
    const holds = (p: Predicate<readonly EvidenceRow[]>, ...list: EvidenceRow[]): boolean => p.holds(list);
    expect([holds(above(x, bound(1)), row(1.1, 2)), holds(above(x, bound(1)), row(1, 2))]).toEqual([true, false]);
    expect([holds(below(x, bound(1)), row(0, 0.9)), holds(below(x, bound(1)), row(0, 1))]).toEqual([true, false]);
    expect([holds(atLeast(x, bound(1)), row(1, 2)), holds(atLeast(x, bound(1)), row(0.9, 2))]).toEqual([true, false]);
    expect([holds(within(x, bound(1)), row(-0.9, 0.9)), holds(within(x, bound(1)), row(-1, 0))]).toEqual([true, false]);
    expect(holds(between(x, bound(0), bound(1)), row(0.1, 0.9))).toBe(true);
    expect(holds(between(x, bound(0), bound(1)), row(0, 0.9))).toBe(false);
    expect(holds(above(x, bound(1)), row(2, 3), row(0, 3))).toBe(false);
    const ONE_EACH = boundOf("1 a block", (r) => r.depth!);
    expect([holds(above(x, ONE_EACH), row(11, 12)), holds(above(x, ONE_EACH), row(9, 12))]).toEqual([true, false]);
    expect(
      holds(
        above(
          named("x", (r: readonly EvidenceRow[]) => r[0]!),
          bound(1),
        ),
        row(2, 3),
        row(0, 3),
      ),
    ).toBe(true);
    expect(holds(above(x, bound(0)), row(-Infinity, Infinity))).toBe(false);
  });

  it("knows a number that follows its law from one that does not leave it", () => {
    const x = named<readonly EvidenceRow[]>("x", (r) => r);
    const [follows, keeps] = [followsLaw(x), keepsToLaw(x)];
    const seen = (p: Predicate<readonly EvidenceRow[]>): boolean[] =>
      [lawful("equal"), lawful("undecided"), row(0, 1), lawful("different")].map((r) => p.holds([lawful("equal"), r]));
    expect(seen(follows)).toEqual([true, false, false, false]);
    expect(seen(keeps)).toEqual([true, true, true, false]);
    expect(follows.holds([])).toBe(false);
    expect([followsLaw(x).words, keepsToLaw(x, "2^L").words]).toEqual(["x follows its law", "x does not leave its law, 2^L"]);
  });

  it("has its bounds in the typography of texts: pages set their own", () => {
    const x = named<EvidenceRow>("x", (r) => r);
    expect(above(x, bound(-0.25)).words).toBe("x is above -0.25");
    expect(below(x, MINUS_FIVE_PERCENT).words).toBe("x is below -5 % a block");
    expect(below(x, EXPLOSION).negated).toBe("x is not shown to be below a factor of 10,000");
    for (const c of built) expect(c.rule, c.id).not.toMatch(/−\d|10[⁰¹²³⁴-⁹⁻]/);
  });

  const small = fact<number>("x is small", "x is large", (x) => x < 10);
  const even = fact<number>("x is even", "x is odd", (x) => x % 2 === 0);

  it("is joined, negated and lifted in words as in judgement", () => {
    expect(all(small, even).words).toBe("x is small and x is even");
    expect(not(all(small, even)).words).toBe("x is large or x is odd");
    expect(any(small, even).negated).toBe("x is large and x is odd");
    expect(all(all(small, even), small).words).toBe("x is small and x is even; and x is small");
    expect(on<readonly number[], number>("at first", (list) => list[0]!, small).words).toBe("at first, x is small");
    const list = (values: readonly number[]): readonly number[] => values;
    expect(every("in", "case", list, even).words).toBe("in every case, x is even");
    expect(not(every("in", "case", list, even)).words).toBe("in at least one case, x is odd");
    expect(not(some("in", "case", list, even)).words).toBe("there is no case in which x is even");
    expect(given("as ever", even).words).toBe("as ever, x is even");
    for (const x of [3, 4, 12, 13]) {
      expect(all(small, even).holds(x)).toBe(x < 10 && x % 2 === 0);
      expect(any(small, even).holds(x)).toBe(x < 10 || x % 2 === 0);
      expect(not(small).holds(x)).toBe(x >= 10);
      expect(every("in", "case", list, even).holds([x, 4])).toBe(x % 2 === 0);
      expect(some("in", "case", list, even).holds([x, 3])).toBe(x % 2 === 0);
    }
  });

  it("is joined by semicolons where a clause says that it is compound, whatever its words look like", () => {
    const pair = fact<number>("x, y are even", "x, y are odd", (x) => x % 2 === 0, COMPOUND);
    expect(all(small, pair).words).toBe("x is small; and x, y are even");
    expect(any(small, term("the pair is even", "the pair is odd", pair)).words).toBe("x is small or the pair is even");
    for (const p of [given("as ever", small), every("in", "case", () => [1], small), some("in", "case", () => [1], small), all(small, even)])
      expect(p.compound).toBe(true);
    for (const p of [small, not(small), all(small), term("x is fine", "x is not", all(small, even))]) expect(p.compound).toBe(false);
  });

  it("has its name explained once, before the verdicts", () => {
    const good = term("x is good", "x is bad", all(small, even));
    const rule: Rule<number> = [
      { verdict: "SUPPORTED", when: good, say: () => "" },
      { verdict: "REFUTED", when: not(good), say: () => "" },
      { verdict: "UNDECIDED", when: otherwise, say: () => "" },
    ];
    expect(proseOf(rule)).toBe(
      "“x is good” means that x is small and x is even. The first of these that holds is the verdict. SUPPORTED: x is good. REFUTED: x is bad. UNDECIDED: otherwise.",
    );
  });
});

describe("a rule", () => {
  const facts = (x: number): { readonly x: number; readonly evidence: readonly EvidenceRow[] } => ({ x, evidence: [row(x, x)] });
  const rule: Rule<ReturnType<typeof facts>> = [
    { verdict: "SUPPORTED", when: fact("x is 1", "x is not 1", (f) => f.x === 1), say: (f) => `It is ${f.x}.` },
    { verdict: "REFUTED", when: fact("x is 1 or 2", "x is neither", (f) => f.x <= 2), say: (f) => `It is ${f.x}, not 1.` },
    { verdict: "UNDECIDED", when: otherwise, say: () => "Who knows." },
  ];

  it("is decided by its first row that holds, with its sentence and the evidence", () => {
    expect([1, 2, 3].map((x) => decide(rule, facts(x)))).toEqual([
      { verdict: "SUPPORTED", evidence: facts(1).evidence, sentence: "It is 1.", row: 0 },
      { verdict: "REFUTED", evidence: facts(2).evidence, sentence: "It is 2, not 1.", row: 1 },
      { verdict: "UNDECIDED", evidence: facts(3).evidence, sentence: "Who knows.", row: 2 },
    ]);
  });

  it("gives a claim its prose, its table and its judgement", () => {
    const { id, sentence, from, experiment, assumptions, source } = built[0]!;
    const about = { id, sentence, from, experiment, assumptions, source, trials: () => [], sabotage: () => [] };
    const made = claim({ ...about, measure: () => facts(2), rule });
    expect(made.rule).toBe(proseOf(rule));
    expect(made.table.map((r) => r.when)).toEqual(["x is 1", "x is 1 or 2", "otherwise"]);
    expect(made.judge({ budget: QUICK, of: () => [] }, { comparisons: 1, laws }).verdict).toBe("REFUTED");
  });
});
