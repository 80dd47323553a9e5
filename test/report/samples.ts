import type { Finding } from "../../src/study/check-record.js";
import type { BlockRow, CheckRecord, ParameterRow, TrunkRow, UnitRow } from "../../src/study/check-record.js";

// Check-ups of networks that do not exist, by simple formulas: realistic in shape and size, the same on every run.

/** A number in (−1, 1) that only depends on its arguments. */
function wobble(i: number, stream = 0): number {
  const x = Math.sin(12.9898 * (i + 1) + 78.233 * (stream + 1)) * 43758.5453;
  return 2 * (x - Math.floor(x)) - 1;
}

interface BlockSpec {
  readonly kind?: BlockRow["kind"];
  readonly skip?: BlockRow["skip"];
  readonly role?: BlockRow["role"];
  readonly norms?: readonly string[];
  readonly branchScale?: number;
  /** Ops of the trunk inside the block, the last one at its end. */
  readonly ops: readonly string[];
  readonly name: string;
  /** ln of the factor on the squared gradient. */
  readonly gain: number;
  /** Change of ln activation. */
  readonly act: number;
  readonly nesting?: number;
}

interface NetSpec {
  readonly name: string;
  readonly blocks: readonly BlockSpec[];
  readonly lnLast: number;
  readonly cosine?: (t: number) => number;
  readonly band?: number;
  readonly record: Partial<CheckRecord> & Pick<CheckRecord, "verdict" | "law" | "cause" | "sentence">;
  readonly producer?: string;
}

function build(spec: NetSpec): CheckRecord {
  const { blocks } = spec;
  const total = blocks.reduce((n, b) => n + b.ops.length, 0);
  const rows: TrunkRow[] = [];
  let lnActivation = 0;
  let ln = blocks.reduce((s, b) => s + b.gain / 2, spec.lnLast);
  const lnEnd = spec.lnLast + blocks.reduce((s, b) => s + b.act, 0);
  const row = (value: string, op: string | null, boundary: boolean, nesting: number): void => {
    const t = rows.length / total;
    const width = spec.band === undefined ? null : spec.band * (1 - 0.8 * t) + 0.02;
    const cosine = spec.cosine?.(t) ?? null;
    rows.push({
      value,
      depth: rows.length,
      op,
      boundary,
      nesting,
      lnGradient: ln,
      lnActivation,
      low: width === null ? null : ln - width,
      high: width === null ? null : ln + width,
      lnScaleFree: ln + lnActivation - lnEnd,
      cosine,
      centredShare: cosine === null ? null : Math.max(0.001, 1 - cosine),
    });
  };
  row("input", null, true, 0);
  const out: BlockRow[] = [];
  for (const b of blocks) {
    const from = rows[rows.length - 1]!;
    b.ops.forEach((op, i) => {
      ln -= b.gain / 2 / b.ops.length;
      lnActivation += b.act / b.ops.length;
      row(`${b.name}${i === b.ops.length - 1 ? "" : `/${op}`}`, op, i === b.ops.length - 1, b.nesting ?? 0);
    });
    const to = rows[rows.length - 1]!;
    out.push({
      name: b.name,
      from: from.value,
      to: to.value,
      fromDepth: from.depth,
      toDepth: to.depth,
      kind: b.kind ?? "plain",
      skip: b.skip ?? null,
      branchScale: b.branchScale ?? null,
      role: b.role ?? "body",
      norms: b.norms ?? [],
      lnGain: b.gain,
    });
  }
  const parameters: ParameterRow[] = out.flatMap((b, i) => [
    {
      name: `${b.to}.weight`,
      shape: [256, 256],
      lnGradient: (rows[b.toDepth]!.lnGradient ?? 0) + 0.4 * wobble(i, 3),
      lnWeight: 3.1 + 0.1 * wobble(i, 4),
      lostFloat16: Math.max(0, 0.05 * wobble(i, 5)),
      lostBfloat16: 0,
    },
    { name: `${b.to}.bias`, shape: [256], lnGradient: (rows[b.toDepth]!.lnGradient ?? 0) - 2, lnWeight: -Infinity, lostFloat16: 0, lostBfloat16: 0 },
  ]);
  const units: UnitRow[] = rows
    .filter((r) => r.op !== null && /Relu|Tanh|Gelu|Sigmoid/.test(r.op))
    .map((r, i) => ({
      value: r.value,
      op: r.op!,
      dead: r.op === "Relu" ? Math.max(0, 0.03 * wobble(i, 6)) : null,
      saturated: r.op === "Relu" ? null : Math.max(0, 0.2 * wobble(i, 7)),
      size: 256,
    }));
  const gains = out.filter((b) => b.role === "body").map((b) => b.lnGain ?? 0);
  const mean = gains.reduce((s, g) => s + g, 0) / Math.max(1, gains.length);
  const acts = blocks.filter((b) => (b.role ?? "body") === "body").map((b) => b.act);
  const free = mean - (2 * acts.reduce((s, a) => s + a, 0)) / Math.max(1, acts.length);
  const body = out.filter((b) => b.role === "body");
  const p = body.length === 0 ? [] : [rows[body[0]!.fromDepth]!.lnGradient!, ...body.map((b) => rows[b.toDepth]!.lnGradient!)];
  let [rise, fall, lowest, highest] = [0, 0, Infinity, -Infinity];
  for (const v of [...p].reverse()) {
    [lowest, highest] = [Math.min(lowest, v), Math.max(highest, v)];
    [rise, fall] = [Math.max(rise, v - lowest), Math.max(fall, highest - v)];
  }
  const w = spec.band ?? 0;
  return {
    schema: "isograd/check/1",
    model: { name: spec.name, nodes: 3 * total, parameters: out.length * 65792, opset: 17, producer: spec.producer ?? "pytorch 2.4.0" },
    settings: SETTINGS,
    loss: 2.3046,
    trunk: rows,
    blocks: out,
    growth: {
      gradient: { perBlock: Math.exp(mean), low: Math.exp(mean - 0.02), high: Math.exp(mean + 0.02), over: "blocks" },
      scaleFree: { perBlock: Math.exp(free), low: Math.exp(free - 0.02), high: Math.exp(free + 0.02), over: "blocks" },
    },
    spread: { rise: { value: rise, low: Math.max(0, rise - w), high: rise + w }, fall: { value: fall, low: Math.max(0, fall - w), high: fall + w } },
    parameters,
    units,
    precision: { lossScale: 1024, lostFloat16: 0.0132, lostBfloat16: 0 },
    curvature: null,
    findings: [],
    seconds: 4.31,
    command: `npx isograd check ${spec.name} --batch digits.safetensors --html check.html`,
    ...spec.record,
  };
}

const SETTINGS: CheckRecord["settings"] = [
  { what: "input x", value: "64 × 784 float32 from digits.safetensors" },
  { what: "labels", value: "64 int64 from digits.safetensors" },
  { what: "loss", value: "cross-entropy, the mean over 64 labels; the network ends in Softmax, whose input is taken as the logits" },
  { what: "free dimension N", value: "64, from the batch" },
  { what: "runtime", value: "onnxruntime-node 1.30.0, float32, 2 threads" },
  { what: "seed", value: "0" },
];

const many = <T>(n: number, f: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => f(i));

const EXPLODING: Finding = {
  rule: "exploding",
  severity: "error",
  where: "body: blocks 2–49, fc1 ▸ fc49",
  evidence: "ln‖g‖ rises by 9.20 (95 % 8.7–9.7 over examples) from fc49 to fc1; every block multiplies the squared norm by 1.467 (1.452–1.482).",
  why: "Each ReLU moves 1/π of the variance into the mean; BatchNorm removes the mean and scales the rest up again, and the gradient pays π/(π−1) = 1.467 for it.",
  remedy:
    "Put the norm on the branch of a residual block, so that the growth becomes polynomial: x + F(norm(x)). That costs no parameters; it changes the function, so train anew.",
};
const COLLAPSE: Finding = {
  rule: "collapse",
  severity: "warning",
  where: "from fc31 on",
  evidence: "The mean cosine between examples passes 0.98 at depth 93 and is 0.996 at the last layer; 0.4 % of mean x² differs between examples.",
  why: "The layers map different inputs to nearly the same direction, so the last layers see almost one example.",
  remedy: "Skip connections with a norm on the branch keep the examples apart.",
};
const PRECISION: Finding = {
  rule: "precision-loss",
  severity: "info",
  where: "fc3.weight",
  evidence: "1.3 % of the non-zero gradient elements would be 0 in float16 at loss scale 1024.",
  why: "They are below 6·10⁻⁸, the smallest float16.",
  remedy: "bfloat16 loses none of them.",
};

/** Linear → BN → ReLU, 50 layers: explodes by 1.467 a block. */
export const plain50: CheckRecord = build({
  name: "plain50.onnx",
  lnLast: -4,
  band: 0.5,
  cosine: (t) => 1 - 0.9 * Math.exp(-6 * t),
  blocks: many(50, (i) => ({
    name: `fc${i + 1}`,
    ops: ["Gemm", "BatchNormalization", "Relu"],
    norms: ["BatchNormalization"],
    role: i === 0 ? "stem" : i === 49 ? "head" : "body",
    gain: i === 49 ? 0.9 : 0.383 + 0.12 * wobble(i),
    act: 0.02 * wobble(i, 1),
  })),
  record: {
    verdict: "exploding",
    cause: "dynamics",
    law: "exponential",
    sentence:
      "The gradient explodes: its squared norm grows by ×1.467 (95 % 1.452–1.482) at every block from the output towards the input, ×9,900 on the norm over 48 blocks, and no rescaling of the layers changes that.",
    findings: [COLLAPSE, PRECISION, EXPLODING],
    curvature: { lambdaMax: 184.2, limit: 0.01086, learningRate: 0.1 },
  },
});

/** ResNet-50 as initialised: ×108 by a power law, healthy. */
export const resnet50: CheckRecord = build({
  name: "resnet50.onnx",
  lnLast: -6.2,
  band: 0.35,
  cosine: (t) => 0.35 + 0.4 * t,
  blocks: [
    {
      name: "/layer0/maxpool",
      ops: ["Conv", "BatchNormalization", "Relu", "MaxPool"],
      role: "stem",
      norms: ["BatchNormalization"],
      gain: 1.1,
      act: 0.2,
    },
    ...[3, 4, 6, 3].flatMap((n, s) =>
      many(n, (i): BlockSpec => ({
        name: `/layer${s + 1}/layer${s + 1}.${i}/relu_2`,
        kind: "residual",
        skip: i === 0 ? "projection" : "identity",
        norms: ["BatchNormalization", "BatchNormalization", "BatchNormalization"],
        ops: ["Add", "Relu"],
        gain: i === 0 ? 0.9 : 1.6 / (i + 1) + 0.05 * wobble(i, s),
        act: i === 0 ? -0.3 : 0.18,
      })),
    ),
    { name: "logits", ops: ["GlobalAveragePool", "Flatten", "Gemm"], role: "head", gain: -2.1, act: -0.6 },
  ],
  record: {
    verdict: "healthy",
    cause: null,
    law: "sub-exponential",
    sentence:
      "The gradient keeps its size: its norm grows by ×108 over 16 blocks, polynomially, as in a standard ResNet-50 at initialisation, which trains.",
    findings: [PRECISION],
    growth: {
      gradient: { perBlock: 1.79, low: null, high: null, over: null },
      scaleFree: { perBlock: 1.42, low: null, high: null, over: null },
    },
  },
});

/** DenseNet-121: 58 dense blocks, three transitions. */
const densenet121: CheckRecord = build({
  name: "densenet121.onnx",
  lnLast: -5,
  cosine: (t) => 0.5 + 0.2 * t,
  blocks: [
    {
      name: "features.pool0",
      ops: ["Conv", "BatchNormalization", "Relu", "MaxPool"],
      role: "stem",
      norms: ["BatchNormalization"],
      gain: 0.6,
      act: 0.1,
    },
    ...[6, 12, 24, 16].flatMap((n, s): BlockSpec[] => [
      ...many(n, (i): BlockSpec => ({
        name: `features.denseblock${s + 1}.denselayer${i + 1}`,
        kind: "dense",
        skip: "identity",
        norms: ["BatchNormalization", "BatchNormalization"],
        ops: ["Concat"],
        gain: 0.25 / (1 + 0.2 * i) + 0.04 * wobble(i, s),
        act: -0.01,
      })),
      ...(s < 3
        ? [
            {
              name: `features.transition${s + 1}.pool`,
              ops: ["BatchNormalization", "Relu", "Conv", "AveragePool"],
              norms: ["BatchNormalization"],
              gain: 0.4,
              act: -0.2,
            },
          ]
        : []),
    ]),
    {
      name: "output",
      ops: ["BatchNormalization", "Relu", "GlobalAveragePool", "Flatten", "Gemm"],
      role: "head",
      norms: ["BatchNormalization"],
      gain: -1.9,
      act: -0.3,
    },
  ],
  record: {
    verdict: "healthy",
    cause: null,
    law: "sub-exponential",
    sentence: "The gradient keeps its size: its norm grows by ×24 over 61 blocks, polynomially.",
    findings: [],
    precision: null,
  },
});

/** A Transformer of twelve layers, two pre-norm residual blocks each. */
const transformer24: CheckRecord = build({
  name: "encoder.onnx",
  lnLast: -3,
  band: 0.2,
  cosine: (t) => 0.1 + 0.3 * t,
  blocks: [
    { name: "embeddings", ops: ["Gather", "Add"], role: "stem", gain: 0.2, act: 0 },
    ...many(24, (i): BlockSpec => ({
      name: `layer.${Math.floor(i / 2)}.${i % 2 === 0 ? "attention" : "mlp"}.residual`,
      kind: "residual",
      skip: "identity",
      norms: ["LayerNormalization"],
      ops: ["Add"],
      gain: (i % 2 === 0 ? 0.6 : 1) / (i + 2),
      act: (i % 2 === 0 ? 0.5 : 0.9) / (2 * (i + 2)),
    })),
    { name: "logits", ops: ["LayerNormalization", "MatMul"], role: "head", norms: ["LayerNormalization"], gain: 1.3, act: -0.4 },
  ],
  record: {
    verdict: "healthy",
    cause: null,
    law: "sub-exponential",
    sentence: "The gradient keeps its size: its norm changes by less than ×3 over 24 blocks.",
  },
});

/** An LSTM over 50 time steps: vanishes. */
export const lstm50: CheckRecord = build({
  name: "lstm.onnx",
  lnLast: -2,
  producer: "tf2onnx 1.16",
  blocks: [
    { name: "embed", ops: ["Gather"], role: "stem", gain: -60, act: -60 },
    ...many(50, (i): BlockSpec => ({
      name: `lstm ▸ step ${i + 1} ▸ {h, c}`,
      kind: "gated",
      ops: ["LSTM"],
      gain: -0.42 + 0.08 * wobble(i),
      act: i < 8 ? 0.1 : 0.004 * wobble(i, 2),
      nesting: 1,
    })),
    { name: "scores", ops: ["Gemm"], role: "head", gain: 0.5, act: 0 },
  ],
  record: {
    verdict: "vanishing",
    cause: "dynamics",
    law: "exponential",
    sentence:
      "The gradient vanishes: every time step towards the first multiplies its squared norm by 0.657; after 50 steps 1/36,000 of the norm is left.",
    findings: [
      {
        rule: "vanishing",
        severity: "error",
        where: "lstm, steps 1–50",
        evidence: "ln‖g‖ falls by 10.5 from step 50 to step 1.",
        why: "The forget gates start near σ(0) = ½, so the cell forgets half of itself at every step.",
        remedy: "Start the forget gate's bias at 1 or more (σ(1) = .73); for long memories, at ln of their length.",
      },
    ],
  },
});

/** A thousand bare residual blocks: 2^1000 on the square, 10^301 over the whole. */
export const skip1000: CheckRecord = build({
  name: "bare-skip-1000.onnx",
  lnLast: 1,
  blocks: [
    { name: "stem", ops: ["Gemm"], role: "stem", gain: -60, act: -60 },
    ...many(1000, (i): BlockSpec => ({
      name: `block${i + 1}`,
      kind: "residual",
      skip: "identity",
      ops: ["Add"],
      gain: 2 * Math.LN2 + 0.1 * wobble(i),
      act: -Math.LN2,
    })),
    { name: "head", ops: ["Gemm"], role: "head", gain: 0, act: 0 },
  ],
  record: {
    verdict: "exploding",
    cause: "units",
    law: "exponential",
    sentence: "The gradient explodes: its norm doubles at every block, 10^301 over 1,000 blocks; one scalar per block cures it.",
    findings: [
      {
        ...EXPLODING,
        where: "body",
        evidence: "ln‖g‖ rises by 693.1 over 1,000 blocks.",
        why: "x + F(x) without a norm doubles.",
        remedy: "Scale the branch by 1/√L.",
      },
    ],
  },
});

/** Even larger: logarithms beyond any double. */
export const beyond: CheckRecord = build({
  name: "plain-chaotic-3000.onnx",
  lnLast: 0,
  blocks: many(3000, (i): BlockSpec => ({ name: `l${i}`, ops: ["Tanh"], gain: 0.8, act: 0 })),
  record: { verdict: "exploding", cause: "dynamics", law: "exponential", sentence: "The gradient explodes: 10^521 over 3,000 blocks." },
});

/** The forward pass overflows half way; everything after it is NaN, and so is every gradient before. */
export const withNaN: CheckRecord = (() => {
  const r = build({
    name: "broken.onnx",
    lnLast: 3,
    cosine: () => 0.4,
    blocks: many(30, (i) => ({ name: `conv${i}`, ops: ["Conv", "Relu"], gain: 0.2, act: 1.5 })),
    record: {
      verdict: "undecided",
      cause: null,
      law: "undetermined",
      sentence: "The gradient is not finite from conv12 to conv17, so nothing can be said about its growth.",
      spread: null,
      loss: NaN,
      findings: [
        {
          rule: "non-finite-backward",
          severity: "error",
          where: "conv17 ▸ Relu",
          evidence: "First non-finite value of the backward pass: 2,117 of 16,384 elements are NaN.",
          why: "The square root of zero has no derivative.",
          remedy: "Add an epsilon under the root.",
        },
      ],
    },
  });
  return {
    ...r,
    growth: {
      gradient: { perBlock: null, low: null, high: null, over: null },
      scaleFree: { perBlock: NaN, low: null, high: null, over: null },
    },
    trunk: r.trunk.map((row) => {
      if (row.depth >= 24 && row.depth <= 35) return { ...row, lnGradient: NaN, lnScaleFree: NaN, cosine: NaN, centredShare: NaN };
      if (row.depth === 44) return { ...row, lnGradient: Infinity, lnActivation: Infinity };
      if (row.depth < 4) return { ...row, lnGradient: -Infinity };
      if (row.depth === 50) return { ...row, lnGradient: null };
      return row;
    }),
  };
})();

/** Three layers. */
export const mlp3: CheckRecord = build({
  name: "mlp.onnx",
  lnLast: -1,
  band: 0.2,
  cosine: (t) => 0.2 + 0.1 * t,
  blocks: [
    { name: "dense_1", ops: ["MatMul", "Relu"], role: "stem", gain: 0.1, act: -0.1 },
    { name: "dense_2", ops: ["MatMul", "Relu"], gain: -0.2, act: 0.05 },
    { name: "dense_3", ops: ["MatMul"], role: "head", gain: 0.3, act: 0.2 },
  ],
  record: {
    verdict: "undecided",
    cause: null,
    law: "undetermined",
    sentence: "Three layers are too few for a law; the gradient's norm stays within ×1.2.",
    spread: null,
  },
});

/** Weights so small that the gradient starts at the bottom of its chart, where the stem has its name. */
export const tiny: CheckRecord = build({
  name: "tiny.onnx",
  lnLast: -1,
  blocks: [
    { name: "stem", ops: ["Conv", "Relu"], role: "stem", gain: -60, act: -60 },
    ...many(6, (i) => ({ name: `fc${i}`, ops: ["MatMul", "Relu"], gain: -60, act: -60 })),
    { name: "head", ops: ["MatMul"], role: "head", gain: -4, act: 0 },
  ],
  record: {
    verdict: "vanishing",
    cause: "units",
    law: "exponential",
    sentence: "Vanishing: over all 6 blocks of the body the norm of the gradient shrinks ÷10^78, exponentially.",
  },
});

export const HOSTILE = [
  `<script>alert("1")</script>`,
  `"><img src=x onerror=alert(1)>`,
  `</style></script><!--`,
  `a\u001b[31mred\u0007\nnext\rline`,
  `\u202Egnp.exe\u200b\u2066`,
  `\ud800 lone`,
  `${"very".repeat(400)}long`,
  ``,
  `層/畳み込み/出力`,
  `&amp;&#x3c;'\`\${x}`,
] as const;

/** Names from somebody who does not mean well. */
export const hostile: CheckRecord = (() => {
  const r = build({
    name: HOSTILE[0],
    lnLast: 0,
    blocks: HOSTILE.map((name, i) => ({ name, ops: ["Gemm", "Relu"], gain: 0.1 * wobble(i), act: 0, norms: [`Norm${name}`] })),
    record: { verdict: "healthy", cause: null, law: "undetermined", sentence: `The gradient of ${HOSTILE[1]} keeps its size.` },
    producer: HOSTILE[2],
  });
  return {
    ...r,
    settings: HOSTILE.map((h) => ({ what: h, value: h })),
    findings: HOSTILE.map((h) => ({ ...PRECISION, where: h, evidence: h, why: h, remedy: h })),
    command: `npx isograd check '${HOSTILE[0]}'`,
    trunk: r.trunk.map((row) => ({ ...row, op: row.op === "Relu" ? HOSTILE[1] : row.op })),
  };
})();

/** 10,000 rows: an unrolled recurrent network. */
export const huge: CheckRecord = build({
  name: "rnn-10000.onnx",
  lnLast: 0,
  band: 1,
  cosine: (t) => 0.5 + 0.1 * t,
  blocks: many(10000, (i): BlockSpec => ({
    name: `step${i}`,
    kind: i % 2 === 0 ? "plain" : "gated",
    ops: ["Tanh"],
    gain: -0.01 + 0.3 * wobble(i),
    act: 0,
    nesting: 1,
  })),
  record: {
    verdict: "vanishing",
    cause: "dynamics",
    law: "exponential",
    sentence: "The gradient vanishes.",
    spread: null,
  },
});

/** A record with as little in it as there can be. */
export const empty: CheckRecord = {
  ...mlp3,
  model: { name: "empty.onnx", nodes: 0, parameters: 0, opset: 20, producer: "" },
  settings: [],
  loss: null,
  trunk: [],
  blocks: [],
  growth: { gradient: { perBlock: null, low: null, high: null, over: null }, scaleFree: { perBlock: null, low: null, high: null, over: null } },
  parameters: [],
  units: [],
  precision: null,
  findings: [],
};

export const SAMPLES: Readonly<Record<string, CheckRecord>> = {
  plain50,
  resnet50,
  densenet121,
  transformer24,
  lstm50,
  skip1000,
  beyond,
  withNaN,
  mlp3,
  tiny,
  hostile,
  huge,
  empty,
};
