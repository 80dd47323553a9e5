import type { Site } from "../graph/site.js";
import { QUANTITY_NAMES, unitOf } from "./quantities.js";
import type { Quantified, Quantity, Unit } from "./quantities.js";

/** Stands for an example's number where a reading is of the whole batch. */
export const WHOLE_BATCH = -1;

/** The step of training and the batch, both numbered from 0, that readings are of; a check-up has step 0 only. */
export interface Moment {
  readonly step?: number | undefined;
  readonly batch?: number | undefined;
}

/** One measured number: of what, where, when, and of which replicate, which is a batch or an example of one. */
export interface Reading {
  readonly quantity: Quantity;
  /** Its place's number in the table of sites. */
  readonly site: number;
  readonly step: number;
  readonly batch: number;
  /** Number of the example in its batch; `WHOLE_BATCH` where the reading is of all. */
  readonly example: number;
  readonly value: number;
  readonly unit: Unit;
}

/** A replicate, and the values of one quantity in it along several sites. */
export interface ReplicateRow {
  readonly batch: number;
  readonly example: number;
  readonly values: readonly number[];
}

/** The rows of one quantity at one site, by their numbers in the columns. */
interface Rows {
  readonly list: number[];
  /** Whether the list is in the order of step, batch and example. */
  sorted: boolean;
}

const NO_ROWS: Rows = { list: [], sorted: true };
const NUMBER_OF = new Map(QUANTITY_NAMES.map((q, i) => [q, i]));

/**
 * Readings as columns that grow: quantity, site, step, batch, example and value; sites are stored once, in a table. A check-up, a training run and the log of
 * another program give the same. What a query answers does not depend on the order in which readings were added.
 */
export class Readings {
  readonly #sites: Site[];
  #length = 0;
  #quantity = new Uint8Array(256);
  #site = new Int32Array(256);
  #step = new Int32Array(256);
  #batch = new Int32Array(256);
  #example = new Int32Array(256);
  #value = new Float64Array(256);
  readonly #rows = new Map<number, Rows>();
  /** Number of batches of each step. */
  readonly #batches = new Map<number, number>();

  constructor(sites: readonly Site[] = []) {
    this.#sites = [...sites];
  }

  /** The places that readings are of; a reading names one by its number here. */
  get sites(): readonly Site[] {
    return this.#sites;
  }

  /** Number of readings. */
  get length(): number {
    return this.#length;
  }

  /** Adds a place to the table and returns its number. */
  addSite(site: Site): number {
    return this.#sites.push(site) - 1;
  }

  /** Adds one reading: of the whole batch, unless an example is named. */
  add(
    quantity: Quantity,
    site: number,
    value: number,
    { step = 0, batch = 0, example = WHOLE_BATCH }: Moment & { readonly example?: number } = {},
  ): void {
    const i = this.#length++;
    if (i === this.#value.length) this.#grow();
    const number = NUMBER_OF.get(quantity)!;
    this.#quantity[i] = number;
    this.#site[i] = site;
    this.#step[i] = step;
    this.#batch[i] = batch;
    this.#example[i] = example;
    this.#value[i] = value;
    const key = site * QUANTITY_NAMES.length + number;
    const rows = this.#rows.get(key);
    if (rows) {
      rows.sorted &&= this.#order(rows.list[rows.list.length - 1]!, i) <= 0;
      rows.list.push(i);
    } else this.#rows.set(key, { list: [i], sorted: true });
    if (batch >= this.batches(step)) this.#batches.set(step, batch + 1);
  }

  /** Adds what a probe found at a site: a list of several numbers as one reading for each example, all else as readings of the whole batch. */
  addAll(site: number, found: Quantified, moment: Moment = {}): void {
    for (const [quantity, value] of Object.entries(found) as [Quantity, Quantified[Quantity]][]) {
      if (value === null || value === undefined) continue;
      if (typeof value === "number") this.add(quantity, site, value, moment);
      else if (value.length === 1) this.add(quantity, site, value[0]!, moment);
      else value.forEach((v, example) => this.add(quantity, site, v, { ...moment, example }));
    }
  }

  /** Returns a reading by its number, in the order in which they were added. */
  get(i: number): Reading {
    const quantity = QUANTITY_NAMES[this.#quantity[i]!]!;
    return {
      quantity,
      site: this.#site[i]!,
      step: this.#step[i]!,
      batch: this.#batch[i]!,
      example: this.#example[i]!,
      value: this.#value[i]!,
      unit: unitOf(quantity),
    };
  }

  /** Returns all readings of a quantity, at one site if one is named, in the order of site, step, batch and example. */
  select(quantity: Quantity, site?: number): readonly Reading[] {
    const sites = site === undefined ? this.#sites.keys() : [site];
    return [...sites].flatMap((s) => this.#rowsOf(quantity, s).map((i) => this.get(i)));
  }

  /** Returns the reading of a whole batch; undefined where there is none. */
  at(quantity: Quantity, site: number, moment: Moment = {}): number | undefined {
    const [first] = this.#within(quantity, site, moment);
    return first === undefined || this.#example[first] !== WHOLE_BATCH ? undefined : this.#value[first];
  }

  /** Returns the readings of a batch: one for each example where there are such, else the one of the whole batch; an empty list where there is none. */
  values(quantity: Quantity, site: number, moment: Moment = {}): readonly number[] {
    const rows = this.#within(quantity, site, moment);
    const examples = rows.filter((i) => this.#example[i] !== WHOLE_BATCH);
    return (examples.length > 0 ? examples : rows).map((i) => this.#value[i]!);
  }

  /** Returns one row for each example that has a reading of the quantity at every site, in the order of batch and example. */
  profile(quantity: Quantity, sites: readonly number[], step = 0): readonly ReplicateRow[] {
    const found = new Map<number, { readonly batch: number; readonly example: number; readonly values: number[] }>();
    sites.forEach((site, at) => {
      for (const i of this.#rowsOf(quantity, site)) {
        const [batch, example] = [this.#batch[i]!, this.#example[i]!];
        if (this.#step[i] !== step || example === WHOLE_BATCH) continue;
        const key = batch * 2 ** 31 + example;
        if (at === 0) found.set(key, { batch, example, values: [] });
        const row = found.get(key);
        if (row?.values.length === at) row.values.push(this.#value[i]!);
      }
    });
    return [...found.values()].filter((row) => row.values.length === sites.length);
  }

  /** Returns the number of batches that a step has readings of. */
  batches(step = 0): number {
    return this.#batches.get(step) ?? 0;
  }

  /** Returns the rows of a quantity at a site in the order of step, batch and example. */
  #rowsOf(quantity: Quantity, site: number): readonly number[] {
    const rows = this.#rows.get(site * QUANTITY_NAMES.length + NUMBER_OF.get(quantity)!) ?? NO_ROWS;
    if (!rows.sorted) rows.list.sort((a, b) => this.#order(a, b));
    rows.sorted = true;
    return rows.list;
  }

  /** Returns those of one batch of one step, found by bisection; that of the whole batch comes first. */
  #within(quantity: Quantity, site: number, { step = 0, batch = 0 }: Moment): readonly number[] {
    const rows = this.#rowsOf(quantity, site);
    const before = (i: number): boolean => this.#step[i]! < step || (this.#step[i] === step && this.#batch[i]! < batch);
    let [low, high] = [0, rows.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (before(rows[middle]!)) low = middle + 1;
      else high = middle;
    }
    let end = low;
    while (end < rows.length && this.#step[rows[end]!] === step && this.#batch[rows[end]!] === batch) end++;
    return rows.slice(low, end);
  }

  #order(a: number, b: number): number {
    return this.#step[a]! - this.#step[b]! || this.#batch[a]! - this.#batch[b]! || this.#example[a]! - this.#example[b]!;
  }

  #grow(): void {
    const grown = <A extends Uint8Array | Int32Array | Float64Array>(larger: A, column: A): A => {
      larger.set(column);
      return larger;
    };
    const size = 2 * this.#value.length;
    this.#quantity = grown(new Uint8Array(size), this.#quantity);
    this.#site = grown(new Int32Array(size), this.#site);
    this.#step = grown(new Int32Array(size), this.#step);
    this.#batch = grown(new Int32Array(size), this.#batch);
    this.#example = grown(new Int32Array(size), this.#example);
    this.#value = grown(new Float64Array(size), this.#value);
  }
}
