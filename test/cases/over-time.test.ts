import { describe, expect } from "vitest";
import type { Case, Wanted } from "./case.js";
import { table } from "./case.js";

const memory: readonly Wanted[] = [["recurrent-gain", "info"]];

describe("over time", () => {
  table([
    ...["rnn", "lstm", "gru"].map((cell): Case => ({
      what: "a loss at every step",
      file: `time_every_${cell}`,
      setAside: ["/rnn/Constant_output_0"],
      verdict: "healthy",
      never: ["vanishing"],
    })),
    { what: "a loss at the end of 12 steps", file: "time_rnn_short", setAside: ["/rnn/Constant_output_0"], verdict: "healthy", findings: memory },
    { what: "of 20 steps", file: "time_lstm_20", setAside: ["/rnn/Constant_output_0"], verdict: "healthy", findings: memory },
    { what: "of 20 steps", file: "time_gru_20", setAside: ["/rnn/Constant_output_0"], verdict: "healthy", findings: memory },
    {
      what: "of 40 steps, gates that remember",
      file: "time_lstm_memory",
      setAside: ["/rnn/Constant_output_0"],
      verdict: "healthy",
      findings: memory,
      also: (r) => expect(r.findings.find((f) => f.rule === "recurrent-gain")!.evidence).toMatch(/memory is [34]\d steps/),
    },
    { what: "cells written out", file: "time_cells_short", verdict: "healthy", findings: memory },
    {
      what: "a fall beyond 10⁷",
      file: "time_gru_long",
      setAside: ["/rnn/Constant_output_0"],
      verdict: "vanishing",
      findings: [
        ["vanishing", "warning"],
        ["recurrent-gain", "warning"],
      ],
      cure: "healthy",
    },
    {
      what: "a fall below the least float32 is told, not called dead",
      file: "time_rnn_long",
      setAside: ["/rnn/Constant_output_0"],
      verdict: "vanishing",
      findings: [
        ["vanishing", "error"],
        ["recurrent-gain", "warning"],
      ],
      never: ["no-gradient", "dead-units"],
      cure: "healthy",
      also: (r) => {
        expect(r.spread!.fall.value).toBeGreaterThan(104);
        expect(r.spread!.fall.value).toBeLessThan(140);
      },
    },
    {
      what: "growth, which weights shared over steps do not excuse",
      file: "time_cells_explode",
      verdict: "exploding",
      findings: [
        ["exploding", "error"],
        ["recurrent-gain", "warning"],
      ],
      cure: "healthy",
    },
    {
      what: "encoder and decoder",
      file: "time_seq2seq",
      verdict: "healthy",
      setAside: ["/enc/Constant_output_0"],
      findings: memory,
      judged: [10, 10],
    },
    {
      what: "encoder and decoder with large weights",
      file: "time_seq2seq_large",
      verdict: "healthy",
      setAside: ["/enc/Constant_output_0"],
      judged: [10, 10],
    },
  ]);
});

const first = (what: string, also = ""): RegExp => new RegExp(`gradient.* exactly zero: ${what}${also}`);
const backward = first("of the backward direction the output uses the first step only");

/** A network whose encoder and decoder are chains of their own, and healthy; `kinds` are those of its blocks. */
const attentive = (what: string, file: string, kinds: string, chains: readonly string[], states: readonly string[] = []): Case => ({
  what,
  file,
  verdict: "healthy",
  setAside: states.map(initialState),
  chains: chains.map((c) => [c, "healthy"]),
  also: (r) => expect(r.blocks.map((b) => b.kind).join(" ")).toMatch(new RegExp(`^${kinds}$`)),
});
const initialState = (name: string): string => `/enc/layer/${name}_output_0`;

describe("parts of recurrent networks", () => {
  table([
    ...["rnn", "lstm", "gru"].map((cell): Case => ({
      what: "the outputs of both directions at the last step",
      file: `time_both_ways_${cell}`,
      verdict: "healthy",
      setAside: ["/rnn/Constant_output_0"],
      findings: [...memory, ["no-gradient", "info", "rnn.weight_hh_l0_reverse"]],
      says: backward,
    })),
    ...["lstm", "gru"].map((cell): Case => ({
      what: `two layers of both directions of a ${cell}`,
      file: `time_both_ways_deep_${cell}`,
      verdict: "healthy",
      setAside: ["/rnn/Constant_output_0"],
      never: ["exploding", "mixed", "vanishing"],
    })),
    { what: "a state that begins with what is fed at every step", file: "time_fed", verdict: "healthy", never: ["exploding", "mixed"] },
    {
      what: "the last states of both directions",
      file: "time_both_ways_states",
      verdict: "healthy",
      setAside: ["/rnn/Constant_1_output_0"],
      never: ["no-gradient"],
    },
    {
      what: "the first output of one direction",
      file: "time_first",
      verdict: "healthy",
      setAside: ["/rnn/Constant_1_output_0"],
      findings: [["no-gradient", "info", "rnn.weight_hh_l0"]],
      says: first("of the time steps the output uses the first only"),
    },
    { what: "three layers", file: "time_layers", verdict: "healthy", setAside: ["/rnn/Constant_output_0"] },
    { what: "words", file: "time_words", verdict: "healthy", setAside: ["/rnn/Constant_output_0"] },
    { what: "encoder and decoder with words and attention", file: "time_attention", verdict: "healthy", setAside: ["/enc/Constant_output_0"] },
    {
      what: "a decoder that asks the encoder at every step",
      file: "time_asking",
      verdict: "healthy",
      setAside: ["/enc/Constant_2_output_0"],
      also: (r) => expect(r.blocks.map((b) => b.kind).join(" ")).toMatch(/^plain (gated ){7}other (gated ){5}plain$/),
    },
    attentive(
      "a decoder with attention behind every step",
      "time_luong",
      "plain (gated ){14}dense plain plain",
      ["enc.layer", "cell"],
      ["Constant_2", "Constant_3"],
    ),
    attentive("the same, with cells written out", "time_luong_cells", "plain (gated ){14}dense plain plain", ["enc.layer", "cell"]),
    attentive(
      "one that gives what it saw to the next step",
      "time_luong_fed",
      "plain (gated ){14}dense plain plain",
      ["enc.layer", "{/cell_1/Add_1_output_0, /cell_1/Mul_2_output_0} … mix"],
      ["Constant_3", "Constant_4"],
    ),
    {
      ...attentive("attention within every step", "time_bahdanau", "plain (gated ){14}plain", [
        "enc.layer",
        "{/cell/Add_1_output_0, /cell/Mul_2_output_0} … /cell_5/Mul_2_output_0",
      ]),
      findings: [["scale-mismatch", "info", "query.weight"]],
    },
    attentive(
      "the same over a longer input, with keys projected at every step",
      "time_bahdanau_long",
      "plain (gated ){29}other (gated ){5}plain",
      ["enc.layer", "/cell/Add_3_output_0 … /cell_5/Add_3_output_0"],
      ["Constant_2"],
    ),
    attentive(
      "a decoder that points at what it read",
      "time_pointer",
      "plain (gated ){14}plain plain",
      ["enc.layer", "cell"],
      ["Constant_2", "Constant_3"],
    ),
    attentive("a classifier of pooled outputs", "time_pooled", "plain (plain ){11}other plain", ["enc.layer"], ["Constant"]),
    ...(["within", "behind"] as const).flatMap((where): readonly Case[] => {
      const decoder = where === "within" ? "/cell/Tanh_output_0 … /cell_10/Tanh_output_0" : "cell";
      return [
        {
          what: `growth in an encoder, with attention ${where} the decoder's steps`,
          file: `time_${where}.enc`,
          verdict: "exploding",
          setAside: [initialState("Constant_4")],
          findings: [
            ["exploding", "error", "enc.layer"],
            ["recurrent-gain", "warning"],
          ],
          chains: [
            ["enc.layer", "exploding"],
            [decoder, "healthy"],
          ],
          cure: "healthy",
        },
        {
          what: `growth in a decoder, with attention ${where} its steps`,
          file: `time_${where}.cell`,
          verdict: "exploding",
          setAside: [initialState("Constant_4")],
          findings: [["exploding", "error", "cell"]],
          chains: [
            ["enc.layer", "healthy"],
            [decoder, "exploding"],
          ],
          cure: "healthy",
        },
      ];
    }),
    { what: "a loop of which the inputs are projected before", file: "time_loop", verdict: "healthy" },
  ]);
});

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
