import type { NumericArray } from "../../graph/tensor.js";

/** Returns the elements as doubles, so that inner loops meet one kind of array; no copy where they are already. */
export const doubles = (data: NumericArray): Float64Array => (data instanceof Float64Array ? data : new Float64Array(data));

/** A row-major matrix inside an array: where it starts, and how far apart its rows are. */
export interface Block {
  readonly data: NumericArray;
  readonly at: number;
  readonly row: number;
}

/** Computes C[m×n] += A[m×k]·B[k×n], all row-major from the given offsets, in float64 arithmetic. */
export function gemmInto(
  c: NumericArray,
  c0: number,
  a: NumericArray,
  a0: number,
  b: NumericArray,
  b0: number,
  m: number,
  k: number,
  n: number,
): void {
  gemmBlock({ data: c, at: c0, row: n }, { data: a, at: a0, row: k }, { data: b, at: b0, row: n }, m, k, n);
}

/** Computes C[m×n] += A[m×k]·B[k×n]. Sixteen sums at a time stay in registers: three to four times as fast as a sum per row. */
export function gemmBlock(
  { data: c, at: c0, row: cr }: Block,
  { data: a, at: a0, row: ar }: Block,
  { data: b, at: b0, row: br }: Block,
  m: number,
  k: number,
  n: number,
): void {
  const [m4, n4] = [m - (m % 4), n - (n % 4)];
  for (let i = 0; i < m4; i += 4) {
    for (let j = 0; j < n4; j += 4) {
      let s00 = 0,
        s01 = 0,
        s02 = 0,
        s03 = 0,
        s10 = 0,
        s11 = 0,
        s12 = 0,
        s13 = 0;
      let s20 = 0,
        s21 = 0,
        s22 = 0,
        s23 = 0,
        s30 = 0,
        s31 = 0,
        s32 = 0,
        s33 = 0;
      let p0 = a0 + i * ar;
      let q = b0 + j;
      for (const end = p0 + k; p0 < end; p0++, q += br) {
        const b_0 = b[q]!,
          b_1 = b[q + 1]!,
          b_2 = b[q + 2]!,
          b_3 = b[q + 3]!;
        let v = a[p0]!;
        s00 += v * b_0;
        s01 += v * b_1;
        s02 += v * b_2;
        s03 += v * b_3;
        v = a[p0 + ar]!;
        s10 += v * b_0;
        s11 += v * b_1;
        s12 += v * b_2;
        s13 += v * b_3;
        v = a[p0 + 2 * ar]!;
        s20 += v * b_0;
        s21 += v * b_1;
        s22 += v * b_2;
        s23 += v * b_3;
        v = a[p0 + 3 * ar]!;
        s30 += v * b_0;
        s31 += v * b_1;
        s32 += v * b_2;
        s33 += v * b_3;
      }
      let r = c0 + i * cr + j;
      c[r] = c[r]! + s00;
      c[r + 1] = c[r + 1]! + s01;
      c[r + 2] = c[r + 2]! + s02;
      c[r + 3] = c[r + 3]! + s03;
      r += cr;
      c[r] = c[r]! + s10;
      c[r + 1] = c[r + 1]! + s11;
      c[r + 2] = c[r + 2]! + s12;
      c[r + 3] = c[r + 3]! + s13;
      r += cr;
      c[r] = c[r]! + s20;
      c[r + 1] = c[r + 1]! + s21;
      c[r + 2] = c[r + 2]! + s22;
      c[r + 3] = c[r + 3]! + s23;
      r += cr;
      c[r] = c[r]! + s30;
      c[r + 1] = c[r + 1]! + s31;
      c[r + 2] = c[r + 2]! + s32;
      c[r + 3] = c[r + 3]! + s33;
    }
  }
  for (let i = m4; i < m; i++) {
    for (let j = 0; j < n4; j += 4) {
      let s0 = 0,
        s1 = 0,
        s2 = 0,
        s3 = 0;
      let p = a0 + i * ar;
      let q = b0 + j;
      for (const end = p + k; p < end; p++, q += br) {
        const v = a[p]!;
        s0 += v * b[q]!;
        s1 += v * b[q + 1]!;
        s2 += v * b[q + 2]!;
        s3 += v * b[q + 3]!;
      }
      const r = c0 + i * cr + j;
      c[r] = c[r]! + s0;
      c[r + 1] = c[r + 1]! + s1;
      c[r + 2] = c[r + 2]! + s2;
      c[r + 3] = c[r + 3]! + s3;
    }
  }
  for (let i = 0; i < m; i++) {
    for (let j = n4; j < n; j++) {
      let s = 0;
      let p = a0 + i * ar;
      let q = b0 + j;
      for (const end = p + k; p < end; p++, q += br) s += a[p]! * b[q]!;
      c[c0 + i * cr + j] = c[c0 + i * cr + j]! + s;
    }
  }
}
