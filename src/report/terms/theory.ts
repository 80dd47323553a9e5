/** What theory computes of wide networks. */
export const THEORY = {
  "sigma-w": {
    term: "weight variance",
    symbol: "σ_w²",
    meaning: "Weights are drawn from N(0, σ_w²/fan-in). He initialisation has σ_w² = 2.",
  },
  "sigma-b": { term: "bias variance", symbol: "σ_b²", meaning: "Biases are drawn from N(0, σ_b²)." },
  phi: { term: "activation function", symbol: "φ", meaning: "ReLU, tanh, … and its slope φ′." },
  q: {
    term: "length",
    symbol: "q",
    meaning: "The mean square of the pre-activations of a layer in the limit of infinite width.",
    source: "Poole et al. 2016",
  },
  c: { term: "correlation", symbol: "c", meaning: "The cosine between the pre-activations of two examples.", source: "Poole et al. 2016" },
  chi: {
    term: "slope of the correlation map",
    symbol: "χ₁",
    meaning: "The factor by which a layer multiplies the squared gradient: σ_w²·E[φ′²], at the length where q has settled.",
    source: "Schoenholz et al. 2017",
  },
  phase: {
    term: "phase: ordered or chaotic",
    meaning:
      "Ordered: χ₁ is below 1, gradients vanish, and all examples become alike. Chaotic: χ₁ is above 1, gradients explode, and near examples part.",
    source: "Poole et al. 2016",
  },
  critical: { term: "critical line", meaning: "The weight and bias variances at which χ₁ = 1, so that gradients keep their size." },
  recursion: {
    term: "recursion",
    meaning: "Theory computed layer by layer, from q and c of one layer to those of the next, for this depth and width.",
  },
  xi: {
    term: "depth scale",
    symbol: "ξ",
    meaning: "The number of layers after which a correlation has come nearer to its fixed point by a factor of e.",
    source: "Schoenholz et al. 2017",
  },
  "fan-in": { term: "fan-in, fan-out", meaning: "The number of inputs, or outputs, of one unit of a layer." },
  "branch-gain": {
    term: "gain of a branch",
    symbol: "g",
    meaning: "The factor that a branch alone would put on the squared gradient. A block with an identity shortcut then has the gain 1 + g.",
  },
  gate: { term: "gate", symbol: "T", meaning: "T = σ(b) in a Highway layer, with b its bias.", source: "Srivastava et al. 2015" },
  band: { term: "band", meaning: "How far a network of finite width may lie from a law that holds in the limit of infinite width." },
} as const;
