import { traitsOf } from "../ops/registry.js";
import { classify } from "./classify.js";
import type { LinkKind } from "./classify.js";
import type { Link, ValueReader } from "./link.js";
import { isLayer } from "./node-kind.js";

/** A fork is one of several blocks if another of its kind has at least this share of its layers. */
const ALIKE = 1 / 3;

/** Links one behind another, and what each of the forks among them is to the others. */
export interface Series {
  kindOf(link: Link): LinkKind;
  /** How many other forks are of the kind of this one; where it upsamples, those count that do so. */
  others(link: Link): number;
  /** Whether one of these is not much shorter than this one. */
  hasPeer(link: Link): boolean;
}

/** Prepares the questions about links in series. Links are classified when they are first asked for, and forks are sorted once. */
export function seriesOf(links: readonly Link[], read: ValueReader): Series {
  const kinds = new Map<Link, LinkKind>();
  const kindOf = (link: Link): LinkKind => {
    let kind = kinds.get(link);
    if (!kind) kinds.set(link, (kind = classify(link, read)));
    return kind;
  };
  const keyOf = (link: Link, up: boolean): string => `${kindOf(link).kind} ${up ? "up" : ""}`;
  /** The forks of a kind, those with the most layers first. */
  const forks = new Map<string, Link[]>();
  const alike = (link: Link): readonly Link[] => {
    if (forks.size === 0) {
      for (const l of links.filter((own) => own.nodes.length > 1).sort((a, b) => layersOf(b) - layersOf(a)))
        for (const up of upsamples(l) ? [false, true] : [false]) {
          const own = forks.get(keyOf(l, up));
          if (own) own.push(l);
          else forks.set(keyOf(l, up), [l]);
        }
    }
    return forks.get(keyOf(link, upsamples(link))) ?? [];
  };
  return {
    kindOf,
    others: (link) => alike(link).length - 1,
    hasPeer: (link) => {
      const other = alike(link)[0] === link ? alike(link)[1] : alike(link)[0];
      return other !== undefined && layersOf(other) >= ALIKE * layersOf(link);
    },
  };
}

/** Whether a link is a residual, gated or dense fork. */
export const isForked = (series: Series, link: Link): boolean => ["residual", "gated", "dense"].includes(series.kindOf(link).kind);

/** Whether a link goes to a finer map. */
export const upsamples = (link: Link): boolean => link.nodes.some((n) => n.kind === "resample" || traitsOf(n).convolves === "transposed");

export const layersOf = (link: Link): number => link.nodes.filter(isLayer).length;
