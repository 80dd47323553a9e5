import { describe } from "vitest";
import type { Case } from "./case.js";
import { table } from "./case.js";

const sigmoids = (n: number): Pick<Case, "verdict" | "findings" | "cure"> =>
  n < 4
    ? { verdict: "healthy", findings: [["vanishing", "info", "Sigmoid"]] }
    : n === 4
      ? { verdict: "healthy", findings: [["vanishing", "warning", "Sigmoid"]] }
      : { verdict: "vanishing", findings: [["vanishing", "error", "2 …"]], cure: "healthy" };

/** The parameters of the first n layers. */
const frozen = (n: number): readonly string[] => Array.from({ length: n }, (_, i) => [`${2 * i}.weight`, `${2 * i}.bias`]).flat();

describe("short networks", () => {
  table([
    ...[2, 3, 4, 5, 6, 8].map((n): Case => ({ what: `${n} sigmoids`, file: `short_sigmoid.${n}`, ...sigmoids(n) })),
    // Nothing that is trained stands behind the fall, or only what stands behind its last part.
    {
      what: "8 sigmoids that are frozen",
      file: "short_sigmoid.8",
      options: { frozen: frozen(8) },
      verdict: "healthy",
      never: ["vanishing"],
      setAside: frozen(8),
    },
    {
      what: "8 sigmoids of which the first three are frozen",
      file: "short_sigmoid.8",
      options: { frozen: frozen(3) },
      verdict: "vanishing",
      findings: [["vanishing", "error"]],
      cure: "healthy",
      setAside: frozen(3),
    },
    ...[2, 4, 8].map((n): Case => ({ what: `${n} tanhs`, file: `short_tanh.${n}`, verdict: "healthy", never: ["vanishing", "exploding"] })),
    { what: "tanhs that jump", file: "short_tanh_large", verdict: "healthy", never: ["vanishing", "exploding"] },
    { what: "one sigmoid among ReLUs", file: "short_one_sigmoid", verdict: "healthy", never: ["vanishing"] },
    { what: "a softmax in the middle", file: "short_softmax_inside", verdict: "healthy", never: ["vanishing"] },
    { what: "hard sigmoids", file: "short_hard_sigmoid", verdict: "vanishing", findings: [["vanishing", "error"]], cure: "healthy" },
    { what: "softsigns", file: "short_softsign", verdict: "healthy", never: ["vanishing"] },
    {
      what: "SiLUs with the default initialisation, whose sigmoids gate their own inputs",
      file: "short_silu_default",
      verdict: "healthy",
      findings: [["vanishing", "info"]],
      cure: "healthy",
    },
    { what: "layers that read the input again", file: "short_fed_again", verdict: "healthy", never: ["exploding"] },
    { what: "softplus with a factor that it divides by again", file: "short_softplus", verdict: "healthy", never: ["vanishing", "exploding"] },
    { what: "pixels over 255", file: "short_rescaled_input", verdict: "healthy", never: ["vanishing"] },
    {
      what: "a factor of 1/1000 in the middle",
      file: "short_factor_inside",
      verdict: "vanishing",
      findings: [["vanishing", "error", "a.6"]],
      cure: "mixed",
    },
    { what: "a flat tanh at the first layer", file: "short_flat.first", verdict: "healthy", findings: [["saturated-units", "warning", "1 ▸ Tanh"]] },
    {
      what: "at the middle one",
      file: "short_flat.middle",
      verdict: "vanishing",
      findings: [
        ["saturated-units", "warning", "3 ▸ Tanh"],
        ["vanishing", "error"],
      ],
      cure: "undecided",
    },
    {
      what: "at the last",
      file: "short_flat.last",
      verdict: "vanishing",
      findings: [
        ["saturated-units", "warning", "5 ▸ Tanh"],
        ["vanishing", "error"],
      ],
      cure: "undecided",
    },
    { what: "the two streams of a dueling network", file: "short_dueling", verdict: "healthy", never: ["exploding", "vanishing"] },
    { what: "an autoencoder that ends in a sigmoid", file: "short_autoencoder", verdict: "healthy", never: ["vanishing", "output-activation"] },
    { what: "branches that end in zeros", file: "short_zero_ends", verdict: "healthy", findings: [["no-gradient", "info"]], never: ["dead-units"] },
    { what: "convolutions that never had norms", file: "short_no_norms", verdict: "healthy", never: ["norm-folded", "norm-inference-mode"] },
  ]);
});
