;; All fragments share this: xorshift32 with everybody's shifts and seed, and the size of a step. The fragments of this
;; folder are one module; bench/peers/wasmgc/assemble.mjs puts `(module …)` around them.

(global $random (mut i32) (i32.const 2463534242))
(global $batch i32 (i32.const 1000))
(global $nodes_of_a_step i32 (i32.const 16384))

(func $seed (global.set $random (i32.const 2463534242)))

(func $next (result i32)
  (local $x i32)
  (local.set $x (global.get $random))
  (local.set $x (i32.xor (local.get $x) (i32.shl (local.get $x) (i32.const 13))))
  (local.set $x (i32.xor (local.get $x) (i32.shr_u (local.get $x) (i32.const 17))))
  (local.set $x (i32.xor (local.get $x) (i32.shl (local.get $x) (i32.const 5))))
  (global.set $random (local.get $x))
  (local.get $x))

;; Returns a number from 0 to n - 1, near enough to even.
(func $below (param $n i32) (result i32)
  (i32.wrap_i64 (i64.shr_u (i64.mul (i64.extend_i32_u (call $next)) (i64.extend_i32_u (local.get $n))) (i64.const 32))))

(func $min (param $a i32) (param $b i32) (result i32)
  (select (local.get $a) (local.get $b) (i32.lt_u (local.get $a) (local.get $b))))
