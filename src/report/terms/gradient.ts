/** What is measured of a gradient, and beside it. */
export const GRADIENT = {
  loss: {
    term: "loss",
    meaning: "The number that training makes small, a mean over the batch. Without labels a random cotangent at the outputs stands for its gradient.",
  },
  gradient: {
    term: "gradient at a cut",
    symbol: "g = ∂loss/∂x",
    meaning: "The derivative of the mean loss by the value at the cut, over the whole tensor, batch included.",
  },
  "gradient-norm": {
    term: "norm of the gradient",
    symbol: "‖∂loss/∂x‖",
    meaning: "The root of the sum of the squares of all its elements.",
  },
  "on-the-norm": {
    term: "on the norm, on the square",
    meaning: "A factor may be told of the norm or of its square: ×1.177 on the norm is ×1.385 on the square. Laws are written on the square.",
  },
  profile: { term: "profile", meaning: "A quantity over depth: the gradient profile is ln ‖∂loss/∂x‖ at every cut of the trunk." },
  rms: { term: "activation", symbol: "rms x", meaning: "The root of the mean of x² at a cut, over batch and features." },
  "scale-free": {
    term: "scale-free gradient, gradient scale coefficient",
    symbol: "GSC",
    meaning:
      "Gradient times activation, per example, 1 at the last cut. It does not change when one layer is multiplied by a constant and the next divided by it.",
    source: "Philipp, Song & Carbonell 2017",
  },
  gain: {
    term: "gain of a block",
    meaning: "The squared gradient at the input of a block over that at its output. A gain of 1 keeps the gradient, ×2 doubles its square.",
  },
  "relative-gradient": {
    term: "gradient relative to its weights",
    symbol: "‖∂loss/∂w‖ / ‖w‖",
    meaning: "The norm of a parameter's gradient over that of the parameter. It is not defined where the parameter is zero.",
  },
  cotangent: {
    term: "cotangent",
    meaning: "A gradient as it enters the backward pass at an output. Without a loss it is drawn from N(0, 1).",
  },
  reading: {
    term: "reading",
    meaning:
      "One measured number: of a quantity with its unit, at a site, at a step of training, of one example or of a whole batch. A check-up, a training run and another program's log give readings alike.",
  },
  replicate: {
    term: "replicate",
    meaning:
      "One of the examples or batches over which an interval is made. Where examples influence each other (BatchNorm), whole batches are the replicates.",
  },
  cosine: {
    term: "cosine between examples",
    meaning: "The mean cosine between the values of two examples at a cut: 1 where all examples point the same way.",
  },
  "centred-share": {
    term: "centred share",
    meaning: "The share of mean x² that differs between the examples: 0 where all examples are alike.",
  },
  collapse: {
    term: "collapse",
    meaning:
      "The examples become alike with depth: a mean cosine above .98 or a centred share below 5 %. A network can have it under a healthy gradient.",
  },
  dead: { term: "dead unit", meaning: "A ReLU unit that is 0 for every example, so that no gradient passes through it." },
  saturated: { term: "saturated unit", meaning: "A unit of tanh or sigmoid that lies on the flat part of its curve for every example." },
  lost: {
    term: "lost in float16",
    meaning: "The share of the non-zero elements of the parameters' gradients that would become 0 in that number format.",
  },
  "lambda-max": {
    term: "largest curvature",
    symbol: "λmax",
    meaning: "The largest eigenvalue of the Hessian of the loss. Gradient descent with a rate above 2/λmax, the largest stable step, diverges.",
  },
} as const;
