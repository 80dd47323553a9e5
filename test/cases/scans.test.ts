import { describe, expect } from "vitest";
import type { Wanted } from "./case.js";
import { table } from "./case.js";

const memory: readonly Wanted[] = [["recurrent-gain", "info"]];
/** The state before the first step, which is no parameter. */
const zeros = (at: number): readonly string[] => [`/Constant_${at}_output_0`];
const growth: readonly Wanted[] = [
  ["exploding", "error"],
  ["recurrent-gain", "warning"],
];
const forgetting: readonly Wanted[] = [
  ["vanishing", "warning"],
  ["recurrent-gain", "warning"],
];

describe("states that are computed element by element", () => {
  table([
    { what: "a linear state-space model that grows", file: "time_scan_linear_explode", verdict: "exploding", setAside: zeros(8), findings: growth },
    { what: "one that forgets", file: "time_scan_linear_vanish", verdict: "vanishing", setAside: zeros(8), findings: forgetting },
    {
      what: "one that forgets, with a loss at every step",
      file: "time_scan_every",
      verdict: "healthy",
      setAside: zeros(8),
      never: ["vanishing", "exploding"],
    },
    {
      what: "one that remembers",
      file: "time_scan_linear_keep",
      verdict: "healthy",
      setAside: zeros(8),
      findings: memory,
      also: (r) => expect(r.blocks).toHaveLength(41),
    },
    { what: "one of which the factors are exp(−Δ)", file: "time_scan_discrete", verdict: "healthy", setAside: zeros(8), findings: memory },
    { what: "a leaky integrator that grows", file: "time_scan_leaky_explode", verdict: "exploding", setAside: zeros(8), findings: growth },
    { what: "one that leaks", file: "time_scan_leaky_keep", verdict: "healthy", setAside: zeros(8), findings: memory },
    {
      what: "one written as a sum with its state",
      file: "time_scan_forked",
      verdict: "healthy",
      setAside: [...zeros(8), ...zeros(10)],
      findings: memory,
      also: (r) => expect(r.blocks).toHaveLength(25),
    },
    { what: "rectified states", file: "time_scan_independent", verdict: "healthy", setAside: zeros(8), findings: memory },
    { what: "gates that are made of the input alone", file: "time_scan_gated", verdict: "healthy", setAside: zeros(11), findings: memory },
    { what: "such gates that are open to the new", file: "time_scan_gated_vanish", verdict: "vanishing", setAside: zeros(11), findings: forgetting },
    {
      what: "such gates over 60 steps, of layers at each step",
      file: "time_scan_gated_long",
      verdict: "vanishing",
      setAside: zeros(4),
      findings: forgetting,
      cure: "vanishing",
    },
    { what: "spikes that take their charge away", file: "time_scan_spikes", verdict: "healthy", setAside: zeros(8), findings: memory },
    {
      what: "two such layers",
      file: "time_scan_layers",
      verdict: "healthy",
      setAside: [...zeros(2), ...zeros(4)],
      findings: memory,
    },
    {
      what: "a state forwards, and one backwards that grows",
      file: "time_scan_both_ways",
      verdict: "exploding",
      setAside: [...zeros(2), ...zeros(25)],
      findings: growth,
      chains: [
        ["/Add_1_output_0 … /Concat_output_0", "healthy"],
        ["/Add_25_output_0 … /Add_47_output_0", "exploding"],
      ],
    },
    {
      what: "a matrix as state, which is read at every step and grows",
      file: "time_scan_matrix_explode",
      verdict: "exploding",
      setAside: zeros(2),
      findings: growth,
      cure: "exploding",
    },
    { what: "one that does not", file: "time_scan_matrix_keep", verdict: "healthy", setAside: zeros(2), findings: memory },
    { what: "two states of which each takes the other, as no chain", file: "time_scan_two", verdict: "healthy" },
    { what: "a moving average", file: "time_scan_average", verdict: "healthy", findings: memory },
    { what: "a sum, which is no chain", file: "time_scan_sum", verdict: "healthy", also: (r) => expect(r.blocks).toHaveLength(2) },
    { what: "fewer than eight steps", file: "time_scan_short", verdict: "healthy", also: (r) => expect(r.blocks).toHaveLength(2) },
    {
      what: "layers that scale each element by weights of their own",
      file: "time_no_scales_explode",
      verdict: "exploding",
      findings: [["exploding", "error"]],
      never: ["recurrent-gain"],
    },
    { what: "the same with smaller ones", file: "time_no_scales_keep", verdict: "healthy", never: ["recurrent-gain"] },
    {
      what: "residual blocks with gains of their own are no steps",
      file: "time_no_gains",
      verdict: "healthy",
      never: ["recurrent-gain"],
      also: (r) => expect(r.blocks.map((b) => b.kind).join(" ")).toBe(`${"residual ".repeat(12)}plain`),
    },
    { what: "nor is one layer in Euler steps", file: "time_euler", verdict: "healthy", never: ["recurrent-gain"] },
  ]);
});
