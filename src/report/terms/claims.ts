/** What claims are decided by. */
export const CLAIMS = {
  claim: { term: "claim", meaning: "One sentence that somebody said, with the experiment that decides it." },
  arm: {
    term: "arm",
    meaning: "One network of an experiment at one depth, measured with many seeds. Its factors tell it from the other arms.",
  },
  control: {
    term: "control",
    meaning: "The arm that a test arm is compared with: equal in all factors but the one in question. A difference compares the two.",
  },
  "factor-of-an-arm": {
    term: "factor",
    meaning: "What an experiment varies: the norm, the skip, the branch scale, the activation, the variance of the weights.",
  },
  seed: { term: "seed", meaning: "The number that all random draws of a trial come from. The same seed gives the same weights and inputs." },
  trial: {
    term: "trial",
    meaning: "One measurement of one network with one seed. It is a pure function of its specification, under whose hash its result is kept.",
  },
  estimate: { term: "estimate", meaning: "The mean over the seeds with its interval (Student's t)." },
  rule: { term: "rule", meaning: "The code that reads a claim's estimates and gives the verdict. It was fixed before the run." },
  comparisons: {
    term: "comparisons",
    symbol: "m",
    meaning:
      "The number m of claims that are judged together. Every interval has the level 1 − .05/m, so that all of them hold at once in 95 of 100 repetitions.",
    source: "Bonferroni",
  },
  "predicted-law": {
    term: "law, margin",
    meaning: "The number that theory predicts for an arm, and how far from it a measurement still counts as equal.",
  },
  equal: {
    term: "equal to a law",
    meaning:
      "The whole interval lies within the law's margin: the greatest of .1, 2 % of the logarithm, and the law's own term for finite width. Then the law holds; it does not hold where the whole interval lies outside, and is open else.",
  },
  sabotage: {
    term: "sabotage",
    meaning: "The arms of a claim, so tampered with that its rule has to give another verdict. It shows that the rule can fail.",
  },
  supported: { term: "SUPPORTED, REFUTED", meaning: "The rule's condition for the claim, or against it, holds with whole intervals." },
  conditional: { term: "CONDITIONAL", meaning: "The claim holds in a stated range and fails outside it, and both were measured." },
  pending: { term: "PENDING", meaning: "The evidence has not been measured." },
} as const;
