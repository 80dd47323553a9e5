import * as z from "zod";
import type { Net } from "../net.js";
import { activate } from "./activation.js";
import type { Activation } from "./activation.js";
import { affine } from "./affine.js";
import type { ConvOptions } from "./affine.js";
import { norm } from "./norm.js";
import type { Norm, NormOptions } from "./norm.js";

/** The kind of a layer in an order such as `norm-act-weight`. */
export type Token = "weight" | "norm" | "act";

const TOKEN = /^(weight|norm|act)(-(weight|norm|act))*$/;

/** The schema of an order of weights, norms and activations, such as `weight-norm-act`. */
export const orderSchema: z.ZodType<string> = z
  .string()
  .max(1000)
  .regex(TOKEN, "is an order of weight, norm and act, such as weight-norm-act")
  .meta({ title: "an order" });
/** The schema of such an order, or `none`. */
export const orderOrNone: z.ZodType<string> = z
  .string()
  .max(1000)
  .regex(/^none$|^(weight|norm|act)(-(weight|norm|act))*$/, "is none, or an order of weight, norm and act, such as norm-act")
  .meta({ title: "an order or none" });

/** Splits an order into its layers. */
export const tokensOf = (order: string): readonly Token[] => (order === "none" ? [] : (order.split("-") as Token[]));
/** Counts the weight layers of an order. */
export const countWeights = (order: string): number => tokensOf(order).filter((t) => t === "weight").length;
/** Returns the layers before the first weight of an order: the pre-activation of a residual block. */
export const preActivation = (order: string): readonly Token[] => tokensOf(order).slice(0, Math.max(0, tokensOf(order).indexOf("weight")));

/** Options of the layers that an order is built from. */
export interface LayerOptions {
  readonly activation: Activation;
  readonly norm: Norm;
  readonly groups?: number | undefined;
  /** Whether weight layers have biases (default: unless a norm follows). */
  readonly bias?: boolean | undefined;
  /** Returns the options of weight layer `i` (from 0) of `count`. */
  readonly weight?: (i: number, count: number) => ConvOptions & { readonly out: number };
  /** Returns the options of norm `i` (from 0) of `count`. */
  readonly norms?: (i: number, count: number) => NormOptions;
  /** Transforms the input of a layer, e.g. to put a shift before it; `i` counts the layers of its kind. */
  readonly before?: (token: Token, x: string, i: number) => string;
}

/**
 * Appends the layers of an order one after the other. Their modules are named linear1 or conv1, norm1, act1, … (without a
 * number where there is only one).
 */
export function sequence(net: Net, from: string, tokens: readonly Token[], f: LayerOptions): string {
  const counts = { weight: 0, norm: 0, act: 0 };
  const total = (t: Token): number => tokens.filter((u) => u === t).length;
  return tokens.reduce((x, token, at) => {
    const i = counts[token]++;
    const count = total(token);
    if (token === "norm" && f.norm === "none") return x;
    if (token === "act" && f.activation === "identity") return x;
    const kind = token !== "weight" ? token : net.b.shape(x).length === 4 ? "conv" : "linear";
    return net.within(count === 1 ? kind : `${kind}${i + 1}`, () => {
      const y = f.before?.(token, x, i) ?? x;
      switch (token) {
        case "weight": {
          const { out, ...options } = f.weight?.(i, count) ?? { out: net.b.shape(y)[1]! };
          return affine(net, y, out, { bias: f.bias ?? !(f.norm !== "none" && tokens[at + 1] === "norm"), ...options });
        }
        case "norm":
          return norm(net, y, f.norm, { ...(f.groups === undefined ? {} : { groups: f.groups }), ...f.norms?.(i, count) });
        case "act":
          return activate(net, y, f.activation);
      }
    });
  }, from);
}
