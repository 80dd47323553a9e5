import type { TrainRecord } from "../../src/study/train-record.js";

// Runs of training that never were, by simple formulas: realistic in shape and size, the same on every run.

/** A number in (−1, 1) that only depends on its arguments. */
function wobble(i: number, stream = 0): number {
  const x = Math.sin(12.9898 * (i + 1) + 78.233 * (stream + 1)) * 43758.5453;
  return 2 * (x - Math.floor(x)) - 1;
}

interface RunSpec {
  readonly name: string;
  readonly steps: number;
  /** Blocks along the trunk, two values each. */
  readonly blocks: number;
  readonly kind?: TrainRecord["blocks"][number]["kind"];
  /** Steps between two measurements; 0: none. */
  readonly every?: number;
  readonly loss?: (t: number, step: number) => number;
  /** Growth of the gradient from block to block towards the input, in ln. */
  readonly slope?: number;
  readonly rename?: (name: string) => string;
  readonly scores?: boolean;
  readonly record?: Partial<TrainRecord>;
}

type Row = TrainRecord["readings"][number];

const SETTINGS = [
  { what: "data", value: "6,000 handwritten digits of MNIST, 28×28 in grey" },
  { what: "loss", value: "cross-entropy of logits" },
  { what: "optimizer", value: "momentum, rate 0.05, momentum 0.9" },
  { what: "clipping", value: "norm:1" },
] as const;

function build(spec: RunSpec): TrainRecord {
  const { steps, blocks, kind = "plain", every = Math.max(1, Math.floor(steps / 10)), slope = 0.05, rename = (n: string) => n } = spec;
  const loss = spec.loss ?? ((t: number, step: number): number => 2.3 * Math.exp(-4 * t) * (1 + 0.3 * wobble(step)) + 0.1);
  const all = Array.from({ length: steps }, (_, s) => s);
  const sites: TrainRecord["sites"][number][] = [{ kind: "network", name: "the whole network" }];
  const site = (k: "value" | "parameter", name: string): number => sites.push({ kind: k, name: rename(name) }) - 1;
  const trunk = Array.from({ length: 2 * blocks + 1 }, (_, d) =>
    site("value", d === 0 ? "input" : `layer${Math.ceil(d / 2)}/${d % 2 === 1 ? "linear" : "act"}`),
  );
  const parameters = Array.from({ length: 2 * blocks }, (_, i) => ({
    site: site("parameter", `layer${Math.floor(i / 2) + 1}.${i % 2 === 0 ? "weight" : "bias"}`),
    shape: i % 2 === 0 ? [64, 64] : [64],
  }));
  const measured = every === 0 || steps === 0 ? [] : [...new Set([...all.filter((s) => s % every === 0), steps - 1])];
  const row = (quantity: Row["quantity"], at: number, where: readonly number[], of: (step: number) => number): Row => ({
    quantity,
    site: at,
    steps: where,
    values: where.map(of),
  });
  const t = (step: number): number => step / Math.max(1, steps);
  const stops = spec.scores === false ? [] : [0.2, 0.4, 0.6, 0.8, 1].map((x) => Math.round(x * steps)).filter((s) => s > 0);
  const readings: Row[] = [
    row("loss", 0, all, (s) => loss(t(s), s)),
    ...(stops.length === 0
      ? []
      : [row("accuracy", 0, stops, (s) => 0.9 - 0.6 * Math.exp(-5 * t(s))), row("validation-loss", 0, stops, (s) => 0.3 + Math.exp(-5 * t(s)))]),
    row("train-accuracy", 0, all, (s) => Math.min(1, 0.95 - 0.8 * Math.exp(-5 * t(s)) + 0.03 * wobble(s, 1))),
    row("learning-rate", 0, all, (s) => 0.05 * (1 + Math.cos(Math.PI * t(s)))),
    row("clip-share", 0, all, (s) => Number(wobble(s, 2) > 0.4)),
    ...trunk.map((at, d) => row("ln-gradient", at, measured, (s) => -2 * t(s) + (slope * (trunk.length - d)) / 2 + 0.2 * wobble(d + s, 3))),
    ...parameters.flatMap(({ site: at }, i) => [
      row("ln-gradient", at, measured, (s) => -1 - t(s) + 0.1 * wobble(i + s, 4)),
      row("ln-norm", at, measured, (s) => (i % 2 === 1 && s === 0 ? -Infinity : 2 + 0.1 * t(s))),
      row("ln-update", at, measured, (s) => -4 - t(s) + 0.3 * wobble(i + s, 5)),
    ]),
  ];
  const kept = readings.filter((r) => r.steps.length > 0);
  return {
    schema: "isograd/train/1",
    model: { name: spec.name, nodes: 4 * blocks, parameters: blocks * 4160, opset: 20, producer: "isograd" },
    data: {
      name: "digits",
      about: "6,000 handwritten digits",
      examples: 6000,
      validation: stops.length === 0 ? 0 : 1000,
      classes: 10,
      standardised: [],
    },
    options: { optimizer: "momentum", lr: 0.05, batchSize: 128, steps, seed: 1 },
    settings: SETTINGS,
    steps,
    loss: steps === 0 ? null : loss(t(steps - 1), steps - 1),
    accuracy: stops.length === 0 ? null : 0.896,
    diverged: null,
    best: stops.length === 0 ? null : { step: steps, loss: 0.307, accuracy: 0.896 },
    overfit: null,
    setAside: [],
    blocks: Array.from({ length: blocks }, (_, i) => ({
      name: rename(`layer${i + 1}`),
      from: trunk[2 * i]!,
      to: trunk[2 * i + 2]!,
      kind,
      skip: kind === "residual" ? ("identity" as const) : null,
      norms: kind === "residual" ? ["batch"] : [],
    })),
    trunk: measured.length === 0 ? [] : trunk,
    sites,
    parameters: measured.length === 0 ? [] : parameters,
    readings: kept,
    seconds: 4.5,
    command: "npx isograd train mlp --data digits",
    ...spec.record,
  };
}

export const trained: TrainRecord = build({ name: "mlp", steps: 460, blocks: 9 });
export const residual: TrainRecord = build({ name: "resnet", steps: 230, blocks: 40, kind: "residual", slope: -0.1 });
/** Its validation loss rises from the middle on. */
export const overfitting: TrainRecord = ((): TrainRecord => {
  const record = build({ name: "memory", steps: 200, blocks: 3 });
  const values = [1, 0.5, 0.4, 0.6, 0.9];
  return { ...record, readings: record.readings.map((r) => (r.quantity === "validation-loss" ? { ...r, values } : r)) };
})();
/** Its loss stays what it was. */
export const idle: TrainRecord = build({ name: "idle", steps: 100, blocks: 4, loss: (_, s) => 2.3 + 0.01 * wobble(s) });
/** A loss below zero has no logarithm. */
export const negative: TrainRecord = build({ name: "sum", steps: 100, blocks: 4, loss: (t) => 1 - 5 * t, scores: false });

const FINDING = {
  rule: "non-finite-forward",
  severity: "error",
  where: "layer7 ▸ linear",
  evidence: "layer7/linear holds infinity (in 128 of 128 examples)",
  why: "The operands have grown to 2.4e34.",
  remedy: "Lower the learning rate.",
} as const;

export const diverged: TrainRecord = ((): TrainRecord => {
  const record = build({
    name: "wild",
    steps: 1,
    blocks: 9,
    slope: 1,
    scores: false,
    record: {
      options: { batchSize: 128, steps: 460 },
      diverged: {
        step: 1,
        loss: NaN,
        broken: [],
        examples: [3, 1],
        where: "forward",
        told: `The loss of step 1 is NaN. ${FINDING.evidence}.`,
        findings: [FINDING, { ...FINDING, rule: "dead-units", severity: "info", evidence: "some units are zero" }],
      },
    },
  });
  // The step moved every weight by e⁹ times its norm.
  return { ...record, readings: record.readings.map((r) => (r.quantity === "ln-update" ? { ...r, values: r.values.map(() => 11) } : r)) };
})();

/** Its loss ran away in the last steps, which were not the measured ones. */
export const runaway: TrainRecord = ((): TrainRecord => {
  const record = build({ name: "runaway", steps: 64, blocks: 4, scores: false, loss: (_, s) => (s < 60 ? 2 - s / 40 : 10 ** (3 * (s - 58))) });
  return { ...record, diverged: { ...diverged.diverged!, step: 64, told: `The loss of step 64 is NaN. ${FINDING.evidence}.` } };
})();

/** The gradient is NaN, infinite and zero in places. */
export const withGaps: TrainRecord = ((): TrainRecord => {
  const record = build({ name: "gaps", steps: 60, blocks: 6 });
  const odd = [NaN, Infinity, -Infinity];
  return {
    ...record,
    readings: record.readings.map((r) => {
      const at = record.trunk.indexOf(r.site);
      return r.quantity === "ln-gradient" && at >= 0 && at < 6 ? { ...r, values: r.values.map((v, i) => (i < 4 ? odd[at % 3]! : v)) } : r;
    }),
  };
})();

export const byHeart: TrainRecord = build({
  name: "few",
  steps: 17,
  blocks: 4,
  scores: false,
  record: {
    overfit: { examples: 32, learned: true, step: 6, told: "The 32 examples are learned by heart after 6 steps." },
    setAside: [{ name: "mask", why: "it looks like a mask" }],
  },
});
export const notByHeart: TrainRecord = {
  ...byHeart,
  overfit: { examples: 32, learned: false, step: null, told: "The 32 examples are not learned by heart in 17 steps." },
};

const HOSTILE = '</title><img src=x onerror="alert(1)">\u202e';
export const hostile: TrainRecord = build({
  name: HOSTILE,
  steps: 30,
  blocks: 3,
  rename: (n) => `${HOSTILE}${n}`,
  record: { settings: [{ what: HOSTILE, value: HOSTILE }], setAside: [{ name: HOSTILE, why: HOSTILE }], command: HOSTILE },
});
export const long: TrainRecord = build({ name: "long", steps: 6000, blocks: 300 });
/** Nothing was measured. */
export const bare: TrainRecord = build({ name: "bare", steps: 40, blocks: 3, every: 0 });
const none: TrainRecord = build({ name: "none", steps: 0, blocks: 3 });

export const RUNS: Readonly<Record<string, TrainRecord>> = {
  trained,
  residual,
  overfitting,
  idle,
  negative,
  diverged,
  runaway,
  withGaps,
  byHeart,
  notByHeart,
  hostile,
  long,
  bare,
  none,
};
