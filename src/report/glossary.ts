// The words that pages, reports and documents use, each in one meaning. `docs/terms.md` and the list of terms at the end of every page are made of it.

/** One word, and what it means here. */
export interface Term {
  /** The anchor on a page: `#term-trunk`. */
  readonly id: string;
  readonly term: string;
  /** How formulas write it. */
  readonly symbol?: string;
  /** One or two sentences that a student understands; a unit where it has one. */
  readonly meaning: string;
  readonly source?: string;
}

/** A group of terms with its heading. */
export interface TermGroup {
  readonly title: string;
  readonly terms: readonly Term[];
}

const t = (id: string, term: string, meaning: string, more: Pick<Term, "symbol" | "source"> = {}): Term => ({ id, term, meaning, ...more });

export const GLOSSARY: readonly TermGroup[] = [
  {
    title: "The network",
    terms: [
      t(
        "trunk",
        "trunk",
        "The chain of values that every path from the input to the loss has to pass. It is found in the graph by smallest vertex cuts.",
      ),
      t("cut", "cut", "One place of the trunk: usually one value, sometimes several that are passed together, as h and c of an LSTM."),
      t("depth", "depth", "The number of a cut, counted from the input, which is 0. The depth of a network is its number of blocks.", {
        symbol: "L",
      }),
      t(
        "block",
        "block",
        "A piece of the trunk between two cuts with weights of its own. It is called by the module that its weights share, else by the value it ends with.",
      ),
      t("plain", "plain block", "A block with one path through it: a matrix product or convolution, with the norm and activation that follow."),
      t("residual", "residual block", "A block that adds a shortcut to a branch: y = x + F(x).", { source: "He et al. 2016" }),
      t(
        "gated",
        "gated block",
        "A block that mixes two values by a gate T between 0 and 1: y = T·h + (1 − T)·x. Highway layers, LSTM and GRU cells are gated.",
        {
          source: "Srivastava et al. 2015",
        },
      ),
      t("dense", "dense block", "A block that concatenates its input with what it computes from it.", { source: "Huang et al. 2017" }),
      t(
        "shortcut",
        "shortcut, skip connection",
        "The path of a residual block that carries its input to the sum: unchanged (identity), through weights of its own (projection), or times a constant (scaled).",
      ),
      t("branch", "branch", "The path of a residual block that holds its layers.", { symbol: "F" }),
      t("branch-scale", "branch scale", "The constant factor on a branch: y = x + α·F(x).", { symbol: "α" }),
      t(
        "body",
        "stem, body, head",
        "The body is the run of repeated blocks, over which the verdict is given. What stands before it is the stem, what stands behind it the head: the last pooling and the classifier.",
      ),
      t(
        "norm",
        "norm, normalisation layer",
        "A layer that shifts and scales values to mean 0 and mean square 1: over the batch (BatchNorm), over the features of one example (LayerNorm, without the shift RMSNorm), or over groups of channels.",
      ),
      t("site", "site", "A place in a network: the whole network, a block, a node, a value or a parameter, with its module path."),
      t("parameter", "parameter", "A float tensor of the file, from which a differentiable path leads to the loss."),
    ],
  },
  {
    title: "The gradient",
    terms: [
      t("gradient", "gradient at a cut", "The derivative of the mean loss by the value at the cut, over the whole tensor, batch included.", {
        symbol: "g = ∂loss/∂x",
      }),
      t("gradient-norm", "norm of the gradient", "The root of the sum of the squares of all its elements.", { symbol: "‖∂loss/∂x‖" }),
      t(
        "on-the-norm",
        "on the norm, on the square",
        "A factor may be told of the norm or of its square: ×1.177 on the norm is ×1.385 on the square. Laws are written on the square.",
      ),
      t("profile", "profile", "A quantity over depth: the gradient profile is ln ‖∂loss/∂x‖ at every cut of the trunk."),
      t("rms", "activation", "The root of the mean of x² at a cut, over batch and features.", { symbol: "rms x" }),
      t(
        "scale-free",
        "scale-free gradient, gradient scale coefficient",
        "Gradient times activation, per example, 1 at the last cut. It does not change when one layer is multiplied by a constant and the next divided by it.",
        {
          symbol: "GSC",
          source: "Philipp, Song & Carbonell 2017",
        },
      ),
      t(
        "gain",
        "gain of a block",
        "The squared gradient at the input of a block over that at its output. A gain of 1 keeps the gradient, ×2 doubles its square.",
      ),
      t("cotangent", "cotangent", "A gradient as it enters the backward pass at an output. Without a loss it is drawn from N(0, 1)."),
      t(
        "replicate",
        "replicate",
        "One of the examples or batches over which an interval is made. Where examples influence each other (BatchNorm), whole batches are the replicates.",
      ),
      t("cosine", "cosine between examples", "The mean cosine between the values of two examples at a cut: 1 where all examples point the same way."),
      t("centred-share", "centred share", "The share of mean x² that differs between the examples: 0 where all examples are alike."),
      t(
        "collapse",
        "collapse",
        "The examples become alike with depth: a mean cosine above .98 or a centred share below 5 %. A network can have it under a healthy gradient.",
      ),
      t("dead", "dead unit", "A ReLU unit that is 0 for every example, so that no gradient passes through it."),
      t("saturated", "saturated unit", "A unit of tanh or sigmoid that lies on the flat part of its curve for every example."),
      t("lost", "lost in float16", "The share of the non-zero elements of the parameters' gradients that would become 0 in that number format."),
      t("lambda-max", "largest curvature", "The largest eigenvalue of the Hessian of the loss. Gradient descent with a rate above 2/λ diverges.", {
        symbol: "λmax",
      }),
    ],
  },
  {
    title: "The verdict",
    terms: [
      t(
        "towards-the-input",
        "towards the input",
        "The direction in which the gradient runs. ×679 towards the input: the gradient at the first block is 679 times that at the last.",
      ),
      t(
        "rise",
        "rise, fall",
        "The largest growth (×) and the largest loss (÷) of the norm between any two boundaries of the body, towards the input.",
      ),
      t(
        "exploding",
        "exploding",
        "The norm grows more than 100-fold towards the input (more than 10,000-fold where it grows by a power of the depth only), its whole interval with it.",
      ),
      t("vanishing", "vanishing", "The norm shrinks as much."),
      t("mixed", "mixed", "The norm grows and shrinks as much, in two places."),
      t("healthy", "healthy", "The norm does neither, its whole interval with it."),
      t("undecided", "undecided", "The interval holds the threshold, or the gradient is not a finite number."),
      t(
        "law",
        "law of growth",
        "Exponential: every block multiplies by about one factor. Sub-exponential: the norm grows by a power of the depth, or like it. Undetermined: too few blocks, or no clear shape.",
      ),
      t(
        "cause",
        "cause: units or dynamics",
        "Units: activations shrink as gradients grow, so that the scale-free gradient keeps its size. Dynamics: the scale-free gradient spreads as well.",
      ),
      t("growth-per-block", "growth per block", "The mean factor on the squared norm from a block's output to its input, over the body."),
      t(
        "interval",
        "interval",
        "A range that holds the true value in 95 of 100 repetitions. It says over what: examples, batches, blocks, or seeds.",
      ),
      t("finding", "finding", "Something that a rule saw in one network: a site, a severity, the facts, why it happens, and what is usually done."),
    ],
  },
  {
    title: "Claims",
    terms: [
      t("claim", "claim", "One sentence that somebody said, with the experiment that decides it."),
      t("arm", "arm", "One network of an experiment at one depth, measured with many seeds. Its factors tell it from the other arms."),
      t("control", "control", "The arm that a test arm is compared with: equal in all factors but the one in question."),
      t(
        "factor-of-an-arm",
        "factor",
        "What an experiment varies: the norm, the skip, the branch scale, the activation, the variance of the weights.",
      ),
      t(
        "trial",
        "trial",
        "One measurement of one network with one seed. It is a pure function of its specification, under whose hash its result is kept.",
      ),
      t("estimate", "estimate", "The mean over the seeds with its interval (Student's t)."),
      t(
        "comparisons",
        "comparisons",
        "The number m of claims that are judged together. Every interval has the level 1 − .05/m, so that all of them hold at once in 95 of 100 repetitions.",
        {
          symbol: "m",
          source: "Bonferroni",
        },
      ),
      t(
        "equal",
        "equal to a law",
        "The whole interval lies within the law's margin: the greater of .1, 2 % of the logarithm, and the law's own term for finite width.",
      ),
      t("sabotage", "sabotage", "The arms of a claim, so tampered with that its rule has to give another verdict. It shows that the rule can fail."),
      t("supported", "SUPPORTED, REFUTED", "The rule's condition for the claim, or against it, holds with whole intervals."),
      t("conditional", "CONDITIONAL", "The claim holds in a stated range and fails outside it, and both were measured."),
      t("pending", "PENDING", "The evidence has not been measured."),
    ],
  },
  {
    title: "Theory",
    terms: [
      t("sigma-w", "weight variance", "Weights are drawn from N(0, σ_w²/fan-in). He initialisation has σ_w² = 2.", { symbol: "σ_w²" }),
      t("sigma-b", "bias variance", "Biases are drawn from N(0, σ_b²).", { symbol: "σ_b²" }),
      t("phi", "activation function", "ReLU, tanh, … and its slope φ′.", { symbol: "φ" }),
      t("q", "length", "The mean square of the pre-activations of a layer in the limit of infinite width.", {
        symbol: "q",
        source: "Poole et al. 2016",
      }),
      t("c", "correlation", "The cosine between the pre-activations of two examples.", { symbol: "c", source: "Poole et al. 2016" }),
      t(
        "chi",
        "slope of the correlation map",
        "The factor by which a layer multiplies the squared gradient: σ_w²·E[φ′²]. Below 1 gradients vanish (ordered phase), above 1 they explode (chaotic phase).",
        {
          symbol: "χ₁",
          source: "Schoenholz et al. 2017",
        },
      ),
      t("xi", "depth scale", "The number of layers after which a correlation has come nearer to its fixed point by a factor of e.", {
        symbol: "ξ",
        source: "Schoenholz et al. 2017",
      }),
      t("critical", "critical line", "The weight and bias variances at which χ₁ = 1, so that gradients keep their size."),
      t("fan-in", "fan-in, fan-out", "The number of inputs, or outputs, of one unit of a layer."),
      t("branch-gain", "gain of a branch", "The factor that a branch alone would put on the squared gradient.", { symbol: "g" }),
      t("gate", "gate", "T = σ(b) in a Highway layer, with b its bias.", { symbol: "T", source: "Srivastava et al. 2015" }),
      t("band", "band", "How far a network of finite width may lie from a law that holds in the limit of infinite width."),
    ],
  },
  {
    title: "Differentiation",
    terms: [
      t("vjp", "vjp, reverse mode", "A vector–Jacobian product: the backward pass."),
      t("jvp", "jvp, forward mode", "A Jacobian–vector product: how outputs move when inputs move in one direction."),
      t("hvp", "hvp", "A Hessian–vector product: how the gradient moves when parameters move in one direction."),
      t(
        "jacobian",
        "Jacobian",
        "The matrix of the derivatives of all outputs by all inputs. Its singular values tell by what factors directions are stretched.",
        { symbol: "J" },
      ),
      t("primal", "primal", "A value of the forward pass, as distinct from its cotangent."),
    ],
  },
];

/** All terms in their order. */
export const TERMS: readonly Term[] = GLOSSARY.flatMap((g) => g.terms);
