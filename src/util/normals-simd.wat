;; Normal draws, four at a time: the part of the ziggurat of random.ts that is certain. tools/wat.mjs compiles this file to normals-simd.wasm.ts.
;;
;; mix32 of random.ts stands here twice: as a function that is called it costs 15 % of the time (V8 of Node 20).
;;
;; One page of memory, which the caller knows:
;;      0  512 entries of 16 bytes, by the nine low bits of a word: a factor (f64), a sure share (i32), four unused bytes
;;   8192  the draws of one call, at most 4096 of 8 bytes (f64) or 4 bytes (f32)
;;  40960  the indices (i32) of the draws that are not certain
(module
  (memory (export "memory") 1)

  ;; Draws from counter $from up to $to, in steps of four, times $scale. $k0 and $k1 are the keys of the stream; the second word of a draw is its first
  ;; times $lane, before that is mixed. Writes f32 where $single is not 0, else f64. Returns how many indices it wrote of draws that are not certain.
  (func (export "fill")
    (param $single i32) (param $from i32) (param $to i32) (param $k0 i32) (param $k1 i32) (param $lane i32) (param $scale f64)
    (result i32)
    (local $at i32) (local $count i32) (local $certain i32)
    (local $word v128) (local $high v128) (local $low v128) (local $near v128) (local $far v128)
    (local $entry0 v128) (local $entry1 v128) (local $entry2 v128) (local $entry3 v128)
    (local $keys0 v128) (local $keys1 v128) (local $lanes v128) (local $scales v128)
    (local.set $keys0 (i32x4.splat (local.get $k0)))
    (local.set $keys1 (i32x4.splat (local.get $k1)))
    (local.set $lanes (i32x4.splat (local.get $lane)))
    (local.set $scales (f64x2.splat (local.get $scale)))
    (loop $four
      ;; word = mix32(counter ^ k0) ^ k1
      (local.set $word
        (v128.xor
          (i32x4.add (i32x4.splat (local.get $from)) (v128.const i32x4 0 1 2 3))
          (local.get $keys0)))
      (local.set $word (v128.xor (local.get $word) (i32x4.shr_u (local.get $word) (i32.const 16))))
      (local.set $word (i32x4.mul (local.get $word) (i32x4.splat (i32.const 0x21f0aaad))))
      (local.set $word (v128.xor (local.get $word) (i32x4.shr_u (local.get $word) (i32.const 15))))
      (local.set $word (i32x4.mul (local.get $word) (i32x4.splat (i32.const 0xd35a2d97))))
      (local.set $word (v128.xor (local.get $word) (i32x4.shr_u (local.get $word) (i32.const 15))))
      (local.set $word (v128.xor (local.get $word) (local.get $keys1)))

      ;; low = (word · lane) >>> 2, the 30 low bits of the draw
      (local.set $low (i32x4.shr_u (i32x4.mul (local.get $word) (local.get $lanes)) (i32.const 2)))

      ;; word = mix32(word); high = word >>> 9, the 23 high bits of the draw
      (local.set $word (v128.xor (local.get $word) (i32x4.shr_u (local.get $word) (i32.const 16))))
      (local.set $word (i32x4.mul (local.get $word) (i32x4.splat (i32.const 0x21f0aaad))))
      (local.set $word (v128.xor (local.get $word) (i32x4.shr_u (local.get $word) (i32.const 15))))
      (local.set $word (i32x4.mul (local.get $word) (i32x4.splat (i32.const 0xd35a2d97))))
      (local.set $word (v128.xor (local.get $word) (i32x4.shr_u (local.get $word) (i32.const 15))))
      (local.set $high (i32x4.shr_u (local.get $word) (i32.const 9)))

      ;; The table's entry of each word: layer and sign are its nine low bits.
      (local.set $word (i32x4.shl (v128.and (local.get $word) (i32x4.splat (i32.const 511))) (i32.const 4)))
      (local.set $entry0 (v128.load (i32x4.extract_lane 0 (local.get $word))))
      (local.set $entry1 (v128.load (i32x4.extract_lane 1 (local.get $word))))
      (local.set $entry2 (v128.load (i32x4.extract_lane 2 (local.get $word))))
      (local.set $entry3 (v128.load (i32x4.extract_lane 3 (local.get $word))))

      ;; (high · 2³⁰ + low) · factor · scale, of the words 0 and 1
      (local.set $near
        (f64x2.mul
          (f64x2.mul
            (f64x2.add
              (f64x2.mul (f64x2.convert_low_i32x4_s (local.get $high)) (f64x2.splat (f64.const 0x1p30)))
              (f64x2.convert_low_i32x4_s (local.get $low)))
            (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23 (local.get $entry0) (local.get $entry1)))
          (local.get $scales)))
      ;; … and of the words 2 and 3
      (local.set $far
        (f64x2.mul
          (f64x2.mul
            (f64x2.add
              (f64x2.mul
                (f64x2.convert_low_i32x4_s
                  (i8x16.shuffle 8 9 10 11 12 13 14 15 8 9 10 11 12 13 14 15 (local.get $high) (local.get $high)))
                (f64x2.splat (f64.const 0x1p30)))
              (f64x2.convert_low_i32x4_s
                (i8x16.shuffle 8 9 10 11 12 13 14 15 8 9 10 11 12 13 14 15 (local.get $low) (local.get $low))))
            (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23 (local.get $entry2) (local.get $entry3)))
          (local.get $scales)))

      (if (local.get $single)
        (then
          (v128.store offset=8192
            (local.get $at)
            (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23
              (f32x4.demote_f64x2_zero (local.get $near))
              (f32x4.demote_f64x2_zero (local.get $far))))
          (local.set $at (i32.add (local.get $at) (i32.const 16))))
        (else
          (v128.store offset=8192 (local.get $at) (local.get $near))
          (v128.store offset=8208 (local.get $at) (local.get $far))
          (local.set $at (i32.add (local.get $at) (i32.const 32)))))

      ;; One bit for each draw that lies below the sure share of its entry.
      (local.set $certain
        (i32x4.bitmask
          (i32x4.lt_s
            (local.get $high)
            (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23
              (i8x16.shuffle 8 9 10 11 24 25 26 27 8 9 10 11 24 25 26 27 (local.get $entry0) (local.get $entry1))
              (i8x16.shuffle 8 9 10 11 24 25 26 27 8 9 10 11 24 25 26 27 (local.get $entry2) (local.get $entry3))))))
      ;; Every index is written; only one that is not certain moves the place of the next.
      (if (i32.ne (local.get $certain) (i32.const 15))
        (then
          (i32.store offset=40960 (i32.shl (local.get $count) (i32.const 2)) (local.get $from))
          (local.set $count (i32.add (local.get $count) (i32.xor (i32.and (local.get $certain) (i32.const 1)) (i32.const 1))))
          (i32.store offset=40960 (i32.shl (local.get $count) (i32.const 2)) (i32.add (local.get $from) (i32.const 1)))
          (local.set $count
            (i32.add (local.get $count) (i32.xor (i32.and (i32.shr_u (local.get $certain) (i32.const 1)) (i32.const 1)) (i32.const 1))))
          (i32.store offset=40960 (i32.shl (local.get $count) (i32.const 2)) (i32.add (local.get $from) (i32.const 2)))
          (local.set $count
            (i32.add (local.get $count) (i32.xor (i32.and (i32.shr_u (local.get $certain) (i32.const 2)) (i32.const 1)) (i32.const 1))))
          (i32.store offset=40960 (i32.shl (local.get $count) (i32.const 2)) (i32.add (local.get $from) (i32.const 3)))
          (local.set $count
            (i32.add (local.get $count) (i32.xor (i32.and (i32.shr_u (local.get $certain) (i32.const 3)) (i32.const 1)) (i32.const 1))))))

      (local.set $from (i32.add (local.get $from) (i32.const 4)))
      (br_if $four (i32.lt_s (local.get $from) (local.get $to))))
    (local.get $count)))
