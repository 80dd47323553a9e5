import { describe, expect, it } from "vitest";
import { HUNDREDFOLD } from "../../src/doctor/shared/profile.js";
import type { Evidence } from "../../src/doctor/evidence.js";
import { DEEP } from "../../src/doctor/collapse.js";
import { RULES } from "../../src/doctor/index.js";
import type { Finding } from "../../src/doctor/finding.js";
import type { Graph } from "../../src/graph/graph.js";
import {
  Net,
  chain,
  convolutions,
  elman,
  evidenceOf,
  findings,
  grave,
  of,
  residual,
  spread,
  withProfile,
  withReadings,
  withVerdict,
} from "./support.js";

describe("the list of rules", () => {
  // Programs rely on these ids: the list only grows.
  const PUBLISHED =
    "border-effect collapse dead-units exploding mixed no-gradient non-finite-backward non-finite-forward norm-folded norm-inference-mode norm-on-trunk norm-small-batch precision-loss recurrent-gain saturated-units scale-mismatch step-too-large units unscaled-residual vanishing";

  it("holds every published rule once", () => {
    expect(new Set(RULES).size).toBe(RULES.length);
    for (const id of PUBLISHED.split(" ")) expect(RULES).toContain(id);
  });

  it("tells the gravest first", () => {
    const ranks = findings(evidenceOf(residual({ depth: 20 }))).map((f) => ["error", "warning", "info"].indexOf(f.severity));
    expect(ranks.length).toBeGreaterThan(2);
    expect(ranks).toEqual([...ranks].sort());
  });

  it("finds nothing above a remark in healthy networks", () => {
    expect(grave(evidenceOf(residual({ depth: 16, order: "pre" })))).toEqual([]);
    expect(grave(evidenceOf(residual({ depth: 12, order: "post" })))).toEqual([]);
    expect(grave(evidenceOf(residual({ depth: 12, order: "batch-inside" })))).toEqual([]);
    expect(grave(evidenceOf(chain({ depth: 8, norm: true })))).toEqual([]);
    expect(grave(evidenceOf(chain({ depth: 10, act: "tanh", scale: 1 })))).toEqual([]);
    expect(grave(evidenceOf(convolutions({ depth: 6, norm: true, examples: 4 })))).toEqual([]);
    expect(grave(evidenceOf(residual({ depth: 16, branchScale: 0.25 })))).toEqual([]);
    expect(grave(evidenceOf(residual({ depth: 8, branchScale: 0 })))).toEqual([]);
  });
});

describe("exploding and vanishing", () => {
  it("fires on layers above the critical scale, and names the units", () => {
    const c = evidenceOf(chain({ depth: 20, scale: 4 }));
    const [f] = of(c, "exploding");
    expect(f).toMatchObject({ severity: "error", where: "layers.1.fc … layers.19.fc" });
    expect(f!.evidence).toMatch(/grows ×\d+ \(95 % interval ×\d+ to ×\d+\).*over 19 blocks; ×1\.\d+ per block on the square/);
    expect(f!.why).toContain("χ^L");
    expect(of(c, "units")[0]).toMatchObject({ severity: "info" });
    expect(of(c, "vanishing")).toEqual([]);
  });

  it("fires on layers below it", () => {
    const c = evidenceOf(chain({ depth: 20, scale: 0.5 }));
    expect(of(c, "vanishing")[0]).toMatchObject({ severity: "error" });
    expect(of(c, "units").length).toBe(1);
    expect(of(c, "exploding")).toEqual([]);
  });

  it("is silent at the critical scale", () => {
    const c = evidenceOf(chain({ depth: 20 }));
    expect([...of(c, "exploding"), ...of(c, "vanishing"), ...of(c, "units"), ...of(c, "mixed")]).toEqual([]);
  });

  it("explains chaos without calling it units", () => {
    const c = evidenceOf(chain({ depth: 24, scale: 9, act: "tanh" }));
    expect(of(c, "exploding").length).toBe(1);
    expect(of(c, "units")).toEqual([]);
  });

  it("explains normalised chains by what ReLU and norm do, and shallow ones by how deep they may get", () => {
    const deep = of(evidenceOf(chain({ depth: 40, norm: true, width: 48, examples: 24 })), "exploding")[0]!;
    expect(deep.severity).toBe("error");
    expect(deep.why).toContain("π/(π - 1) = 1.467");
    const shallow = of(evidenceOf(chain({ depth: 10, norm: true, examples: 32 })), "exploding")[0]!;
    expect(shallow.severity).toBe("info");
    expect(shallow.evidence).toMatch(/100-fold at \d+ blocks; this network has 9/);
  });

  it("names the one block that does most of it", () => {
    const net = new Net([16, 64]);
    let x = "x";
    for (let i = 0; i < 8; i++) x = net.tanh(net.linear(x, `layers.${i}.fc`, 64, 64, i === 4 ? 2e-6 : 1));
    const f = of(evidenceOf(net.graph(net.linear(x, "head", 64, 10, 1))), "vanishing")[0]!;
    expect(f.where).toBe("layers.4.fc");
    expect(f.evidence).toMatch(/shrinks ÷\d+ .* over 7 blocks, ÷\d+ of it in layers\.4\.fc alone/);
    expect(f.why).toContain("One block does most of it");
  });

  it("takes norms in inference mode for what they are: none", () => {
    const f = of(evidenceOf(residual({ depth: 24, order: "batch-inside", training: false })), "exploding")[0]!;
    expect(f.severity).toBe("warning");
    expect(f.why).toContain("(1 + g)^L");
  });

  it("blames a scaled shortcut", () => {
    const f = of(evidenceOf(residual({ depth: 20, shortcutScale: 0.5, scale: 0.1 })), "vanishing")[0]!;
    expect(f.why).toContain("λ^(2L)");
  });

  it("tells a gradient that is exactly zero", () => {
    const c = withVerdict(evidenceOf(chain({ depth: 6 })), { decision: "vanishing", fall: spread(Infinity), from: 2, to: 3 });
    const f = of(c, "vanishing")[0]!;
    expect(f.evidence).toContain("exactly zero");
    expect(f.where).toBe("layers.3.fc");
  });

  it("finds both places of a mixed profile", () => {
    const c = evidenceOf(chain({ depth: 8 }));
    const row = [0, 2, 4, 6, 3, 0, 0, 0];
    const ill = withProfile(withVerdict(c, { decision: "mixed", rise: spread(6), fall: spread(6) }), row);
    const f = of(ill, "mixed")[0]!;
    expect(f.where).toBe("layers.4.fc … layers.5.fc; layers.1.fc … layers.3.fc");
    expect(of(c, "mixed")).toEqual([]);
  });
});

describe("units", () => {
  const healthy = evidenceOf(chain({ depth: 8 }));
  const at = (free: number, raw = 1): Evidence =>
    withVerdict(healthy, { decision: "healthy", rise: spread(raw), fall: spread(0), scaleFreeRise: spread(free), scaleFreeFall: spread(0) });
  it("warns of a flat profile that hides dynamics, from 100× on", () => {
    expect(of(at(HUNDREDFOLD + 0.01), "units")[0]).toMatchObject({ severity: "warning" });
    expect(of(at(HUNDREDFOLD - 0.01), "units")).toEqual([]);
    expect(of(at(HUNDREDFOLD + 0.01, Math.log(47)), "units")).toEqual([]);
  });
  it("is silent where the raw profile spreads by a power law", () => expect(of(at(5, 5), "units")).toEqual([]));
});

describe("what the profile is made of", () => {
  it("is the body alone: stem and head have no depth between them", () => {
    const c = evidenceOf(chain({ depth: 1 }));
    expect(c.chain.profiles.restarts).toEqual([]);
    expect(c.verdict.decision).toBe("healthy");
    expect(findings(c).filter((f) => f.severity !== "info")).toEqual([]);
  });

  it("starts the law anew at a plain layer among residual blocks", () => {
    const net = new Net([8, 32]);
    let x = net.linear("x", "stem", 32, 32, 1);
    for (let i = 0; i < 7; i++) {
      const f = net.linear(net.relu(net.layerNorm(x, `n${i}`, 32)), `fc${i}`, 32, 32);
      x = i === 3 ? net.relu(f) : net.add(x, f);
    }
    const { structure, chain: judged } = evidenceOf(net.graph(net.linear(x, "head", 32, 4)));
    const kinds = structure.blocks.filter((b) => b.role === "body").map((b) => b.kind);
    expect(kinds.filter((k) => k === "residual").length).toBe(6);
    expect(judged.profiles.restarts).toEqual(kinds.map((k) => k === "plain"));
    expect(evidenceOf(chain({ depth: 5 })).chain.profiles.restarts).toEqual([false, false, false, false]);
  });
});

/** The evidence with other examples: alike at some cuts, nothing in common at the others. */
const withLikeness = (e: Evidence, cosine: number, share: number, where: (cut: number) => boolean): Evidence =>
  withReadings(
    withReadings(e, "cosine", e.places.cuts, (i) => (where(i) ? cosine : 0)),
    "centred-share",
    e.places.cuts,
    (i) => (where(i) ? share : 1),
  );

describe("collapse", () => {
  it("fires on deep chains of ReLU whose gradient is flat", () => {
    const c = evidenceOf(chain({ depth: 60 }));
    expect(c.verdict.decision).toBe("healthy");
    const f = of(c, "collapse")[0]!;
    // Such networks train.
    expect(f.severity).toBe("info");
    expect(f.evidence).toContain("the verdict is healthy: the gradient alone does not show it");
  });

  it("is silent on normalised, residual and shallow ones", () => {
    expect(of(evidenceOf(chain({ depth: 8 })), "collapse")).toEqual([]);
    expect(of(evidenceOf(chain({ depth: 16, norm: true })), "collapse")).toEqual([]);
    expect(of(evidenceOf(residual({ depth: 24, order: "pre" })), "collapse")).toEqual([]);
  });

  it("blames the data where the inputs are alike", () => {
    const f = of(evidenceOf(chain({ depth: 8 }), { input: (i) => 10 + Math.sin(i) }), "collapse")[0]!;
    expect(f.why).toContain("inputs are already alike");
  });

  it("is a remark, which says where few blocks carry it, and where shortcuts pass it by", () => {
    const alike = (graph: Graph): Finding =>
      of(
        withLikeness(evidenceOf(graph), 0.99, 0.01, (i) => i >= 3),
        "collapse",
      )[0]!;
    const [deep, few, forked] = [chain({ depth: DEEP + 1 }), chain({ depth: DEEP }), residual({ depth: 16, order: "pre" })].map(alike);
    expect([deep, few, forked].map((f) => f!.severity)).toEqual(["info", "info", "info"]);
    expect([deep, few].map((f) => f!.why.includes("mostly the biases as they start"))).toEqual([false, true]);
    expect([deep, forked].map((f) => f!.remedy.startsWith("The shortcuts are there already"))).toEqual([false, true]);
  });

  it("has its thresholds where science puts them, and passes over a single place", () => {
    const c = evidenceOf(chain({ depth: 8 }));
    const cuts = c.structure.trunk.length;
    const at = (cosine: number, centredShare: number, where: (i: number) => boolean): Evidence => withLikeness(c, cosine, centredShare, where);
    const end = (i: number): boolean => i > cuts / 2;
    expect(of(at(0.981, 0.5, end), "collapse").length).toBe(1);
    expect(of(at(0.979, 0.051, end), "collapse")).toEqual([]);
    expect(of(at(0.5, 0.049, end), "collapse").length).toBe(1);
    const place = c.structure.blocks[3]!.to;
    expect(
      of(
        at(0.99, 0.01, (i) => i === place),
        "collapse",
      ),
    ).toEqual([]);
    expect(
      of(
        at(0.99, 0.01, (i) => c.structure.blocks.slice(2, 5).some((b) => b.to === i)),
        "collapse",
      ).length,
    ).toBe(1);
  });
});

describe("residual blocks", () => {
  it("measures what bare blocks cost, and what a small branch would", () => {
    const f = of(evidenceOf(residual({ depth: 24 })), "unscaled-residual")[0]!;
    expect(f.severity).toBe("warning");
    expect(f.evidence).toMatch(/^24 residual blocks have neither a norm nor a branch scale; the squared gradient grows ×1\.9\d+ per block/);
    const [, promised] = /would leave ×([\d.]+) in all/.exec(f.remedy)!;
    const healed = evidenceOf(residual({ depth: 24, branchScale: 1 / Math.sqrt(24) }));
    expect(of(healed, "unscaled-residual")).toEqual([]);
    const p = healed.chain.profiles.gradient.map((row) => row[0]! - row.at(-1)!);
    const total = Math.exp((2 * p.reduce((s, v) => s + v, 0)) / p.length);
    expect(Math.abs(Math.log(total / Number(promised)))).toBeLessThan(0.3);
  });

  it("only remarks on few of them, and says nothing of small branches or ones with norms", () => {
    expect(of(evidenceOf(residual({ depth: 4 })), "unscaled-residual")[0]!.severity).toBe("info");
    expect(of(evidenceOf(residual({ depth: 8, scale: 1e-4 })), "unscaled-residual")).toEqual([]);
    expect(of(evidenceOf(residual({ depth: 8, order: "pre" })), "unscaled-residual")).toEqual([]);
  });

  it("finds norms on the trunk", () => {
    const few = of(evidenceOf(residual({ depth: 10, order: "batch-after" })), "norm-on-trunk")[0]!;
    expect(few.severity).toBe("info");
    expect(few.evidence).toContain("the law is ×1.189, which reaches ×100 on the norm at 54 blocks");
    const many = of(evidenceOf(residual({ depth: 60, order: "batch-after", width: 32 })), "norm-on-trunk")[0]!;
    expect(many.severity).toBe("warning");
    const post = of(evidenceOf(residual({ depth: 8, order: "post" })), "norm-on-trunk")[0]!;
    expect(post).toMatchObject({ severity: "info" });
    expect(post.evidence).toContain("post-norm");
    expect(of(evidenceOf(residual({ depth: 8, order: "pre" })), "norm-on-trunk")).toEqual([]);
    expect(of(evidenceOf(residual({ depth: 8, order: "batch-inside" })), "norm-on-trunk")).toEqual([]);
  });
});

describe("recurrent gain", () => {
  it("measures the gain of a step", () => {
    const f = of(evidenceOf(elman(16, 0.6)), "recurrent-gain")[0]!;
    const [, step] = / changes ×([\d.]+) per step/.exec(f.evidence)!;
    expect(Number(step)).toBeGreaterThan(0.5);
    expect(Number(step)).toBeLessThan(0.65);
    expect(f.evidence).toMatch(/the memory is [89] steps long/);
  });
  it("warns of growth beyond 100×, and of a fall only where its chain is judged to vanish, from 10⁷ on", () => {
    const severity = (steps: number, gain: number): string | undefined => of(evidenceOf(elman(steps, gain)), "recurrent-gain")[0]?.severity;
    expect([severity(16, 0.95), severity(16, 0.6), severity(40, 0.6)]).toEqual(["info", "info", "warning"]);
    // At the origin of tanh, where its slope is 1.
    const grows = (steps: number): Evidence => evidenceOf(elman(steps, 1.6), { input: (i) => 1e-6 * Math.sin(i) });
    expect([grows(8), grows(16)].map((e) => of(e, "recurrent-gain")[0]?.severity)).toEqual(["info", "warning"]);
    expect(of(grows(16), "recurrent-gain")[0]!.evidence).toContain("it reaches ×100 after");
  });
  it("is silent without recurrence", () => expect(of(evidenceOf(chain({ depth: 8, scale: 0.5 })), "recurrent-gain")).toEqual([]));
});

describe("a rate that only more blocks would make harmful", () => {
  const growing = { decision: "healthy", projection: 40, gradient: { perBlock: 1.25, low: 1.2, high: 1.3, over: "blocks" } } as const;
  const deeper = (e: Evidence): Finding => of(withVerdict(e, growing), "exploding").find((f) => (f.facts as { case: string }).case === "deeper")!;

  it("speaks of depth, and over time of longer sequences", () => {
    const deep = deeper(evidenceOf(chain({ depth: 12, width: 16 })));
    expect([deep.evidence, deep.remedy].join(" ")).toMatch(/at 40 blocks; this network has .*Before making the network deeper/);
    const long = deeper(evidenceOf(elman(12, 1.1)));
    expect([long.evidence, long.remedy].join(" ")).toMatch(/at 40 steps; this sequence has .*Before feeding longer sequences/);
    expect([long.evidence, long.remedy].join(" ")).not.toContain("deeper");
  });
});
