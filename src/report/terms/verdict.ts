/** What a check-up says. */
export const VERDICT = {
  "towards-the-input": {
    term: "towards the input",
    meaning: "The direction in which the gradient runs. ×679 towards the input: the gradient at the first block is 679 times that at the last.",
  },
  rise: {
    term: "rise, fall",
    meaning: "The largest growth (×) and the largest loss (÷) of the norm between any two boundaries of a chain, towards the input.",
  },
  exploding: {
    term: "exploding",
    meaning:
      "The norm grows more than 100-fold towards the input (more than 10,000-fold where the law is sub-exponential, 1,000-fold where one block makes most of it and the others do not grow exponentially), its whole interval with it, and nowhere shrinks by as much.",
  },
  vanishing: {
    term: "vanishing",
    meaning:
      "The norm shrinks more than 100-fold towards the input (more than 10,000-fold where the law is sub-exponential), its whole interval with it, and nowhere grows by as much. A gradient that becomes exactly zero vanishes, too. Over time, where all steps share their weights, it vanishes from 10⁷-fold on.",
  },
  mixed: {
    term: "mixed",
    meaning:
      "The norm grows more than 100-fold in one place and shrinks more than 100-fold in another, whole intervals with it. A network that does both is mixed, by however much the one outweighs the other.",
  },
  healthy: {
    term: "healthy",
    meaning:
      "The norm stays below these thresholds in growth and in loss, its whole intervals with it, or the body has no blocks over which it could grow. A loss below 10,000-fold that one factor on all weights takes away is healthy, too, but not over time, nor of plain layers with sigmoids.",
  },
  undecided: {
    term: "undecided, UNDECIDED",
    meaning:
      "Of a network: an interval holds the threshold, no gradient reaches the body, or no parameter has a part in the output. Of a claim: the rule's row for it holds first, as where too few seeds tell, or no other row does.",
  },
  "non-finite": {
    term: "non-finite",
    meaning:
      "The loss, an output, or the gradient of a parameter or of an input is NaN or infinite; −∞ that a mask leaves in an output is not counted. No profile means anything then, unless only outputs beside the loss are.",
  },
  law: {
    term: "law of growth",
    meaning:
      "Exponential: every block multiplies by about one factor. Sub-exponential: each block adds less than the one before, and the norm grows by a power of the depth, or like it. Undetermined: fewer than six blocks, or no clear shape.",
  },
  cause: {
    term: "cause: units or dynamics",
    meaning:
      "Units: activations shrink as gradients grow, or the other way round, so that the scale-free gradient spreads less than 100-fold. Dynamics: the scale-free gradient spreads as well. Whether one factor on all weights cures a network is tried, whatever the cause.",
  },
  cure: {
    term: "cure",
    meaning:
      "One factor on all weight matrices and kernels of an ill chain, sought in at most four runs, of several such chains for all of them together, and the verdict with it: healthy, or not.",
  },
  "growth-per-block": {
    term: "growth per block",
    meaning: "The mean factor on the squared norm from a block's output to its input, over a chain. 1 keeps the gradient.",
  },
  interval: {
    term: "interval",
    meaning:
      "A range that holds the true value in 95 of 100 repetitions, unless another level is said. It says over what: examples, batches, blocks, or seeds.",
  },
  finding: {
    term: "finding",
    meaning: "Something that a rule saw in one network: a site, a severity, the facts, why it happens, and what is usually done.",
  },
  severity: {
    term: "severity",
    meaning: "How grave a finding is. Errors and warnings are things to change; info is nothing to worry about.",
  },
} as const;
