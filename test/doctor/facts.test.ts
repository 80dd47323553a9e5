import { beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import type { Evidence } from "../../src/doctor/evidence.js";
import type { Finding } from "../../src/doctor/finding.js";
import { FINDINGS } from "../../src/doctor/index.js";
import { tensor } from "../../src/graph/tensor.js";
import { wordsOf } from "../../src/doctor/rule.js";
import type { NonFinite } from "../../src/probe/first-non-finite.js";
import { withNonFinite } from "../../src/util/json.js";
import {
  Net,
  chain,
  convolutions,
  elman,
  evidenceOf,
  findings,
  folded,
  hidden,
  residual,
  spread,
  withLost,
  withProfile,
  withReadings,
  withVerdict,
} from "./support.js";

/** Networks, and evidence made up where no small network gives it, that together make every kind of finding. */
function everyKind(): Evidence[] {
  const healthy = evidenceOf(chain({ depth: 8, width: 32 }));
  const rate = { perBlock: 0.8, low: 0.7, high: 0.9, over: "blocks" as const };
  const overflow: NonFinite = {
    direction: "forward",
    node: "/block/Exp",
    op: "Exp",
    value: "v",
    operands: [{ name: "u", low: -3, high: NaN }],
    example: 2,
    examples: 1,
    kind: "infinity",
    count: 1,
    elements: 4,
    reaches: true,
    masked: false,
  };
  const parameters = healthy.places.parameters.map((p) => p.site);
  return [
    evidenceOf(chain({ depth: 20, scale: 4 })),
    evidenceOf(chain({ depth: 20, scale: 0.5 })),
    evidenceOf(chain({ depth: 10, norm: true, examples: 32 })),
    evidenceOf(chain({ depth: 60 })),
    evidenceOf(chain({ depth: 8 }), { input: (i) => 10 + Math.sin(i) }),
    evidenceOf(chain({ depth: 5, norm: true, examples: 3, width: 16 })),
    evidenceOf(residual({ depth: 24 })),
    evidenceOf(residual({ depth: 4, branchScale: 0 })),
    evidenceOf(residual({ depth: 10, order: "batch-after" })),
    evidenceOf(residual({ depth: 8, order: "post" })),
    evidenceOf(residual({ depth: 3, order: "batch-inside", training: false })),
    evidenceOf(convolutions({ depth: 10, size: 4, channels: 16 })),
    evidenceOf(convolutions({ depth: 3, norm: true, examples: 2, size: 6, channels: 4 })),
    evidenceOf(
      folded({
        names: (s) => s.replace(/^((?:stem|b\d).*)\.weight$/, "$1.weights_fused_bn").replace(/^((?:stem|b\d).*)\.bias$/, "$1.bias_fused_bn"),
      }),
    ),
    evidenceOf(sigmoids()),
    ...[1e-3, 1e3].map((by) => evidenceOf(withFactor(by))),
    evidenceOf(elman(16, 0.6)),
    hidden(-50, "relu"),
    hidden(10, "tanh"),
    hidden(-50, "relu", 1e6),
    evidenceOf(withoutPath()),
    evidenceOf(tower()),
    evidenceOf(zeroHead()),
    evidenceOf(behindDeadUnits()),
    evidenceOf(firstStepOnly()),
    evidenceOf(straightThrough()),
    withVerdict(healthy, { decision: "vanishing", fall: spread(Infinity), from: 2, to: 3 }),
    withVerdict(healthy, { decision: "exploding", rise: spread(Infinity), from: 2, to: 3 }),
    withVerdict(healthy, { projection: 12, gradient: rate }),
    withVerdict(healthy, { rise: spread(5.5), one: { at: 1, ln: 5 } }),
    withProfile(withVerdict(healthy, { decision: "mixed", rise: spread(6), fall: spread(6) }), [0, 2, 4, 6, 3, 0, 0, 0]),
    withVerdict(healthy, { decision: "healthy", rise: spread(1), fall: spread(0), scaleFreeRise: spread(9), scaleFreeFall: spread(0) }),
    { ...healthy, nonFinite: overflow },
    { ...healthy, nonFinite: { ...overflow, op: "input" } },
    { ...healthy, nonFinite: { ...overflow, direction: "backward", op: "Sqrt" } },
    { ...healthy, zeroExamples: 3 },
    { ...healthy, curvature: { lambdaMax: 20, learningRate: 0.7 } },
    withReadings(healthy, "ln-gradient", parameters, (i) => (i === 2 ? 9 : 0)),
    withLost(healthy, { float16: 0.4, bfloat16: 0.02, lnLargest: -90, loss: 1 }),
    withLost(healthy, { float16: 0.7, bfloat16: 0, lnLargest: -20, loss: 1 }),
    { ...withLost(healthy, { float16: 0, bfloat16: 0, lnLargest: 0, loss: 1 }), lossScale: 65536 },
  ];
}

function sigmoids() {
  const net = new Net([8, 16]);
  return net.graph(
    net.linear(
      [0, 1, 2, 3].reduce((x, i) => net.op("Sigmoid", [net.linear(x, `l${i}`, 16, 16, 1)]), "x"),
      "head",
      16,
      4,
    ),
  );
}

/** A factor on the output, behind all blocks that are judged. */
function withFactor(by: number) {
  const net = new Net([8, 16]);
  return net.graph(net.linear(net.times(net.relu(net.linear("x", "a", 16, 16)), "factor", by), "head", 16, 4));
}

/** Two outputs of one layer of which the difference is taken, so that its bias cancels. */
function tower() {
  const net = new Net([8, 16]);
  const bias = net.weight("tower.fc.bias", [16], 0.1);
  const [a, b] = ["x", net.op("Neg", ["x"])].map((x) => net.add(net.op("MatMul", [x, net.normal("tower.fc.weight", [16, 16], 0.3)]), bias));
  return net.graph(net.linear(net.relu(net.op("Sub", [a!, b!])), "head", 16, 4));
}

/** A weight whose square is rounded before it is used: that has no derivative, and no path leads to the loss. */
function withoutPath() {
  const net = new Net([8, 16]);
  const weight = net.normal("rounded.weight", [16], 1);
  const rounded = net.op("Add", [net.linear("x", "a", 16, 16), net.op("Round", [net.op("Mul", [weight, weight])])]);
  return net.graph(net.linear(net.relu(rounded), "head", 16, 4));
}

/** A value that is rounded, less itself and with itself again. */
function straightThrough() {
  const net = new Net([8, 16]);
  const v = net.linear(net.relu(net.linear("x", "a", 16, 16)), "b", 16, 16);
  const sum = net.add(v, net.op("Sub", [net.op("Round", [v]), v]));
  return net.graph(net.linear(net.relu(sum), "head", 16, 4));
}

function zeroHead() {
  const net = new Net([8, 16]);
  const x = net.relu(net.linear(net.relu(net.linear("x", "a", 16, 16)), "b", 16, 16));
  return net.graph(net.op("MatMul", [x, net.weight("head.weight", [16, 4], 0)]));
}

function behindDeadUnits() {
  const net = new Net([8, 16]);
  const dead = net.relu(net.op("Add", [net.linear("x", "a", 16, 16), net.weight("a.bias", [16], -100)]));
  return net.graph(net.linear(net.relu(net.linear(dead, "b", 16, 16)), "head", 16, 4));
}

/** Two time steps from a state of zeros, joined, of which the first is read. */
function firstStepOnly() {
  const net = new Net([8, 16]);
  const [read, carry] = ["rnn.weight_ih", "rnn.weight_hh"].map((w) => net.normal(w, [16, 16], 0.3));
  const step = (state: string): string => net.tanh(net.add(net.op("MatMul", ["x", read!]), net.op("MatMul", [state, carry!])));
  const first = step(net.op("ConstantOfShape", [net.ints("shape", [8, 16])], { value: tensor("float64", [1], [0]) }));
  const both = net.op("Concat", [first, step(first)], { axis: 0 });
  return net.graph(net.linear(net.op("Slice", [both, net.ints("from", [0]), net.ints("to", [8]), net.ints("axes", [0])]), "head", 16, 4));
}

/** The kinds of facts of a rule: the values of the field that tells them apart. */
function kindsOf(schema: z.ZodType): readonly string[] {
  const { oneOf } = z.toJSONSchema(schema, { io: "input" }) as { oneOf?: { properties: Record<string, { const?: string }> }[] };
  return oneOf === undefined ? [""] : oneOf.map((o) => Object.values(o.properties).find((p) => p.const !== undefined)!.const!);
}
const kindOf = ({ facts, rule }: Finding): string =>
  kindsOf(FINDINGS.find((r) => r.id === rule)!.facts).find((kind) => kind === "" || Object.values(facts).includes(kind))!;

/** The facts as JSON has them. */
const written = (f: Finding): object => JSON.parse(JSON.stringify(f.facts, withNonFinite)) as object;

describe("facts", () => {
  let found: readonly (readonly [Evidence, Finding])[];
  // `findings` makes every sentence again from what JSON gives back of site and facts.
  beforeAll(() => {
    found = everyKind().flatMap((e) => findings(e).map((f) => [e, f] as const));
  }, 120_000);

  it("of every kind validate, survive JSON, and are all that the sentences need", () => {
    // A slope below 1 makes a fall only, and a fall in one block counts as one over all.
    const never = ["exploding slopes", "vanishing block"];
    const wanted = FINDINGS.flatMap((rule) => kindsOf(rule.facts).map((kind) => `${rule.id} ${kind}`)).filter((kind) => !never.includes(kind));
    expect([...new Set(found.map(([, f]) => `${f.rule} ${kindOf(f)}`))].sort()).toEqual(wanted.sort());
  });

  it("make sentences for a page that are those for a terminal, with every number as it is printed", () => {
    const differ = found.filter(([, f]) => {
      const { where, evidence, why, remedy } = wordsOf(
        FINDINGS.find((r) => r.id === f.rule)!,
        f,
        "page",
      );
      const page = [where, evidence, why, remedy].join("\n");
      expect(page, f.rule).not.toMatch(/\d e-?\d|\de-?\d|\d\^-?\d|\d %|×infinity/);
      const superscript = (s: string): string => s.replace(/[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]/g, (c) => "-0123456789"["⁻⁰¹²³⁴⁵⁶⁷⁸⁹".indexOf(c)]!);
      const typed = page
        .replace(/×10(⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)/g, (all, n: string, at: number) =>
          /\d/.test(page.charAt(at - 1)) ? `e${superscript(n)}` : `×10^${superscript(n)}`,
        )
        .replace(/(?<=\d)(⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)/g, (n) => `^${superscript(n)}`)
        .replace(/−(?=\d)/g, "-")
        .replace(/\u00a0%/g, " %")
        .replace(/∞/g, "infinity");
      expect(typed, f.rule).toBe([f.where, f.evidence, f.why, f.remedy].join("\n"));
      return page !== typed;
    });
    expect(differ.length).toBeGreaterThan(10);
  });

  it("are refused where they are not those of the rule", () => {
    for (const rule of FINDINGS) {
      expect(rule.facts.safeParse({}).success, rule.id).toBe(false);
      for (const [, f] of found.filter(([, g]) => g.rule === rule.id)) {
        for (const name of Object.keys(f.facts))
          expect(rule.facts.safeParse({ ...written(f), [name]: undefined }).success, `${rule.id} ${name}`).toBe(false);
        expect(rule.facts.parse({ ...written(f), more: 1 })).toMatchObject({ more: 1 });
      }
    }
  });

  it("have sites whose nodes are the file's, and whose module holds them", () => {
    for (const [e, { rule, site, where }] of found) {
      const nodes = new Set([...e.bound.model.graph.nodes.map((n) => n.name), "/block/Exp"]);
      expect(
        site.nodes.filter((n) => !nodes.has(n)),
        rule,
      ).toEqual([]);
      expect(where, rule).toContain(site.name);
      if (site.kind === "network") expect(site).toEqual({ kind: "network", name: "the whole network", nodes: [] });
      else if (site.kind !== "value") expect(site.nodes.length, `${rule} ${where}`).toBeGreaterThan(0);
      for (const n of site.module === undefined || site.kind !== "node" ? [] : site.nodes) expect(n.replaceAll("/", ".")).toContain(site.module);
    }
    expect(new Set(found.map(([, f]) => f.site.kind))).toEqual(new Set(["network", "block", "node", "value", "parameter"]));
  });
});
