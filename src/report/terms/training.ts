/** How a network is trained, and what a report shows of it. */
export const TRAINING = {
  "training-step": {
    term: "step of training",
    meaning: "One change of all weights, against the gradient of the loss of one batch.",
  },
  batch: { term: "batch", meaning: "The examples that one step is computed from." },
  epoch: { term: "epoch", meaning: "One pass through all examples that a network is trained on, a batch at a time." },
  "learning-rate": {
    term: "learning rate",
    meaning:
      "The factor by which a step follows the gradient. Too large, the loss grows or stops being a number; too small, the network learns slowly.",
  },
  validation: {
    term: "validation",
    meaning:
      "Scoring the network on examples that it was never trained on, as it is used after training. The validation loss is the mean loss over them, the accuracy the share that is classified rightly.",
  },
  "train-accuracy": {
    term: "train accuracy",
    meaning: "The share of the examples of a batch that the network classifies rightly, before the step that learns from them.",
  },
  overfitting: {
    term: "overfitting",
    meaning:
      "Learning the examples by heart: the loss of the batches falls on, while the validation loss rises. On a handful of examples it is wanted, as a test that the network can learn at all.",
  },
  "update-ratio": {
    term: "update ratio",
    symbol: "‖Δw‖ / ‖w‖",
    meaning:
      "How far one step moves a weight matrix, in parts of its own norm. About 10^-3 is usual, a rule of thumb: far above it training may break, far below it hardly anything changes. Biases are left out of its median, since they begin at 0.",
    source: "Karpathy, CS231n, Stanford",
  },
  clipping: {
    term: "clipping",
    meaning: "Making a gradient smaller where it exceeds a bound: its elements, the gradient of a unit or of a parameter, or the whole of it.",
  },
  "clip-share": {
    term: "clip share",
    meaning:
      "The share of what a rule of clipping bounds that it made smaller in a step: elements, units, parameters, or the whole gradient, which is 0 or 1.",
  },
} as const;
