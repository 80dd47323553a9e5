/** What a network is made of. */
export const NETWORK = {
  trunk: {
    term: "trunk",
    meaning:
      "The values, one behind another, that every path from the input to the loss has to pass. It is found in the graph by smallest vertex cuts.",
  },
  cut: {
    term: "cut",
    meaning: "One place of the trunk: usually one value, sometimes several that are passed together, as h and c of an LSTM.",
  },
  depth: {
    term: "depth",
    symbol: "L",
    meaning: "The number of a cut, counted from the input, which is 0. The depth L of a network is its number of layers or blocks.",
  },
  block: {
    term: "block",
    meaning:
      "A piece of the trunk between two cuts with weights of its own. It is called by the module that its weights share, else by the value it ends with.",
  },
  plain: {
    term: "plain block",
    meaning: "A block with one path through it: a matrix product or convolution, with the norm and activation that follow.",
  },
  residual: {
    term: "residual block",
    meaning: "A block that adds a shortcut to a branch: y = x + F(x). The trunk passes it at its ends, not inside, for inside there are two paths.",
    source: "He et al. 2016",
  },
  gated: {
    term: "gated block",
    meaning: "A block that mixes two values by a gate T between 0 and 1: y = T·h + (1 − T)·x. Highway layers, LSTM and GRU cells are gated.",
    source: "Srivastava et al. 2015",
  },
  dense: {
    term: "dense block",
    meaning: "A block that concatenates its input with what it computes from it.",
    source: "Huang et al. 2017",
  },
  other: { term: "other block", meaning: "A block of another form, such as the parallel branches of Inception and ShuffleNet." },
  shortcut: {
    term: "shortcut, skip connection",
    meaning:
      "The path of a residual block that carries its input to the sum: unchanged (identity), through weights of its own (projection), or times a constant (scaled).",
  },
  branch: { term: "branch", symbol: "F", meaning: "The path of a residual block that holds its layers." },
  "branch-scale": { term: "branch scale", symbol: "α", meaning: "The constant factor on a branch: y = x + α·F(x)." },
  "inner-chain": {
    term: "inner chain",
    meaning: "A part of the trunk that lies inside a block: the time steps of a recurrent layer, or the inside of a long skip.",
  },
  body: {
    term: "stem, body, head",
    meaning:
      "The body is the run of repeated blocks, whose chains are judged. What stands before it is the stem, what stands behind it the head: the last pooling and the classifier. A classifier behind a global pooling changes the gradient by a factor that says nothing about depth.",
  },
  chain: {
    term: "chain",
    meaning:
      "Blocks of the body one behind another that apply their weights in the same way: convolutions, matrices, or the steps of one layer over time. Each chain has a profile and a verdict; the network's is the gravest.",
  },
  norm: {
    term: "norm, normalisation layer",
    meaning:
      "A layer that shifts and scales values to mean 0 and mean square 1: over the batch (BatchNorm), over the features of one example (LayerNorm, without the shift RMSNorm), or over groups of channels.",
  },
  site: { term: "site", meaning: "A place in a network: the whole network, a block, a node, a value or a parameter, with its module path." },
  parameter: { term: "parameter", meaning: "A float tensor of the file from which a differentiable path leads to the loss." },
} as const;
