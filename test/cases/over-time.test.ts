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
