import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isPending } from "../../src/claims/claim.js";
import type { Arm, Claim, Budget } from "../../src/claims/claim.js";
import { CLAIMS, claimsNamed } from "../../src/claims/index.js";
import { runClaims } from "../../src/claims/run-claims.js";
import type { ClaimsRun, JudgedClaim } from "../../src/claims/run-claims.js";
import { laws } from "../../src/theory/laws.js";
import type { Laws } from "../../src/theory/laws.js";
import { threadQueue } from "../../src/jobs/thread-queue.js";
import type { Queue } from "../../src/jobs/queue.js";
import { runTrials } from "../../src/jobs/run-trials.js";

/** Enough for a rule that asks for the equality of every total with its law. */
const LAW: Budget = { name: "quick", seeds: 36, depths: [8, 16], width: 64 };
/** Enough for one that asks for a difference. */
const SMALL: Budget = { name: "quick", seeds: 8, depths: [6, 20], width: 48 };

const EXPECTED: Readonly<Record<string, string>> = {
  "resnet-mitigates": "CONDITIONAL",
  "highway-mitigates": "CONDITIONAL",
  "skip-stops-explosion": "REFUTED",
  "copied-gradient": "SUPPORTED",
  "scaled-branch": "SUPPORTED",
  "normalisation-not-skips": "CONDITIONAL",
  "earlier-layers-get-more": "SUPPORTED",
  "copied-forward": "CONDITIONAL",
  "near-zero-weights": "CONDITIONAL",
  "smaller-feature-space": "REFUTED",
  shattering: "SUPPORTED",
  "clipping-solves": "CONDITIONAL",
  "one-large-layer": "REFUTED",
  "no-greater-risk": "CONDITIONAL",
  "vgg-with-bn": "CONDITIONAL",
  "activation-after-bn": "REFUTED",
  "gradient-divided": "REFUTED",
  "gradient-divided-concat": "CONDITIONAL",
  "short-paths": "CONDITIONAL",
  "synthetic-gradient": "CONDITIONAL",
  "pre-post-ln": "SUPPORTED",
  "loss-not-gradient": "CONDITIONAL",
  perturbation: "CONDITIONAL",
  smoother: "CONDITIONAL",
  "mlp-never-explodes": "REFUTED",
};

/** Claims whose effect is larger, or that need more than SMALL. */
const BUDGETS: Readonly<Record<string, Budget>> = {
  "highway-mitigates": { name: "quick", seeds: 6, depths: [4, 12], width: 32 },
  "activation-after-bn": { name: "quick", seeds: 8, depths: [8, 24], width: 64 },
  "loss-not-gradient": { name: "quick", seeds: 8, depths: [8, 24], width: 64 },
};
/** Claims whose arms have seeds of their own: so many of them are enough here. */
const SEEDS: Readonly<Record<string, number>> = { "near-zero-weights": 8, "gradient-divided-concat": 8, "no-greater-risk": 16, perturbation: 40 };

/** The claim with the first so many seeds of every arm. */
function withSeeds(claim: Claim, seeds: number): Claim {
  const first = (arms: readonly Arm[]): readonly Arm[] => arms.map((a) => ({ ...a, trials: a.trials.slice(0, seeds) }));
  return { ...claim, trials: (size) => first(claim.trials(size)), sabotage: (size) => first(claim.sabotage(size)) };
}

let queue: Queue;
/** Results of this file by key: claims that share arms measure them once. */
const kept = new Map<string, string>();
const run: ClaimsRun["run"] = (specs, onResult) =>
  runTrials(specs, {
    queue,
    store: {
      location: "memory",
      get: (key) => Promise.resolve(kept.get(key)),
      reserve: () => Promise.resolve("mine"),
      put: ({ key, result }) => Promise.resolve(void kept.set(key, result)),
      discard: (key) => Promise.resolve(void kept.delete(key)),
      release: () => Promise.resolve(),
      close: () => Promise.resolve(),
    },
    onResult,
  });

beforeAll(() => {
  queue = threadQueue({ threads: 2 });
});
afterAll(() => queue.close());

const built = CLAIMS.filter((c): c is Claim => !isPending(c));
const judge = async (claim: Claim, more: Partial<ClaimsRun> = {}): Promise<JudgedClaim> => {
  const budget = BUDGETS[claim.id] ?? (EXPECTED[claim.id] === "SUPPORTED" ? LAW : SMALL);
  return (await runClaims([withSeeds(claim, SEEDS[claim.id] ?? Infinity)], { budget, run, comparisons: 1, ...more }))[0]!;
};

/** A law's answer with its logarithms a third too large, and correlations a third too small. */
function distorted(p: unknown): unknown {
  if (Array.isArray(p)) return p.map((v: unknown) => (typeof v === "number" ? 0.65 * v : distorted(v)));
  if (typeof p !== "object" || p === null) return p;
  const larger = (key: string, value: unknown): unknown =>
    typeof value === "number" && /^(meanLn|ln[A-Z].*)$/.test(key) ? 1.35 * value + (key === "lnMeanSquare" ? 0 : 0.3) : distorted(value);
  return Object.fromEntries(Object.entries(p).map(([key, value]) => [key, larger(key, value)]));
}

/** Wrong constants everywhere. */
const wrong = Object.fromEntries(
  Object.entries(laws).map(([name, law]) => [name, (...args: unknown[]): unknown => distorted((law as (...a: unknown[]) => unknown)(...args))]),
) as unknown as Laws;

describe("the list of claims", () => {
  it("has every claim once, and an expected verdict for each that is measured", () => {
    expect(new Set(CLAIMS.map((c) => c.id)).size).toBe(CLAIMS.length);
    expect(CLAIMS.flatMap((c) => (isPending(c) ? [] : [c.id])).sort()).toEqual(Object.keys(EXPECTED).sort());
  });

  it("finds claims by id, and offers the nearest", () => {
    expect(claimsNamed([])).toBe(CLAIMS);
    expect(claimsNamed(["scaled-branch", "skip-stops-explosion"]).map((c) => c.id)).toEqual(["skip-stops-explosion", "scaled-branch"]);
    expect(() => claimsNamed(["scaled-brnch"])).toThrow(/no claim "scaled-brnch".*scaled-branch/);
  });

  it("has a control beside every test arm, distinct seeds, and arms that differ from the sabotaged ones", () => {
    for (const claim of built) {
      const arms = claim.trials(SMALL);
      expect(new Set(arms.map((a) => `${a.name} ${a.depth}`)).size, claim.id).toBe(arms.length);
      const controls = new Set(arms.filter((a) => a.role === "control").map((a) => a.depth));
      for (const a of arms) {
        expect(controls.has(a.depth), `${claim.id} ${a.name}`).toBe(true);
        expect(new Set(a.trials.map((t) => t.seed)).size).toBe(a.trials.length);
      }
      const sabotaged = claim.sabotage(SMALL);
      expect(sabotaged.map((a) => [a.name, a.depth])).toEqual(arms.map((a) => [a.name, a.depth]));
      expect(JSON.stringify(sabotaged)).not.toBe(JSON.stringify(arms));
      expect(claim.rule.length).toBeGreaterThan(40);
      expect(claim.assumptions.length).toBeGreaterThan(0);
    }
  });

  it("says of a claim that cannot be measured yet that it is pending, and why", async () => {
    const pending = CLAIMS.filter(isPending);
    const seen: string[] = [];
    const judged = await runClaims(pending, { budget: SMALL, run, onVerdict: (j) => seen.push(j.claim.id) });
    expect(seen).toEqual(pending.map((c) => c.id));
    for (const { judgement, arms } of judged) {
      expect(judgement.verdict).toBe("PENDING");
      expect(judgement.sentence).toMatch(/^Not measured: .{20,}\.$/);
      expect(arms).toEqual([]);
    }
  });
});

describe.each(built.map((c) => [c.id, c] as const))("%s", (id, claim) => {
  it("is decided by its measurements", async () => {
    const { judgement } = await judge(claim);
    expect(judgement.verdict, judgement.sentence).toBe(EXPECTED[id]);
    for (const f of judgement.evidence) {
      expect(Number.isFinite(f.measured.low) && Number.isFinite(f.measured.high), `${f.arm} ${f.what}`).toBe(true);
      expect(f.measured.level).toBe(0.95);
    }
  });

  it("gets another verdict when its arms are sabotaged", async () => {
    const { judgement } = await judge(claim, { sabotaged: true, budget: BUDGETS[id] ?? SMALL });
    expect(judgement.verdict, judgement.sentence).not.toBe(EXPECTED[id]);
  });

  it("is not supported by wrong laws", async () => {
    const { judgement } = await judge(claim, { laws: wrong });
    expect(judgement.verdict, judgement.sentence).not.toBe("SUPPORTED");
  });
});
