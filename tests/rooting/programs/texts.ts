// These programs are in the text format, for what C does not give: exceptions, several values, br_table. Their locals
// hold the only pointers to their objects.

const kHead = `
  (import "env" "memory" (memory 1))
  (import "heap" "mgc_new" (func $new (param i32) (result i32)))
  (import "env" "callback" (func $callback (param i32)))
  (global $__stack_pointer (mut i32) (i32.const 33800000))
  (global $type (mut i32) (i32.const 0))
  (table 4 funcref)
  (elem (i32.const 0) $make $make)
  (type $maker (func (param i32 i32) (result i32)))
  (tag $problem (param i32))
  (func (export "setup") (param i32 i32 i32) (global.set $type (local.get 0)))
  (func $make (param $left i32) (param $value i32) (result i32)
    (local $n i32)
    (local.set $n (call $new (global.get $type)))
    (i32.store (local.get $n) (local.get $left))
    (i32.store offset=8 (local.get $n) (local.get $value))
    (i32.store offset=12 (local.get $n) (i32.xor (local.get $value) (i32.const -1)))
    (local.get $n))
  (func $value (param $n i32) (result i32)
    (if (i32.ne (i32.load offset=12 (local.get $n)) (i32.xor (i32.load offset=8 (local.get $n)) (i32.const -1)))
      (then (unreachable)))
    (i32.load offset=8 (local.get $n)))`;

/** Each function is `(func (export "test_…") (param $n i32) (result i32) …)`. */
export const kTexts: Record<string, string> = {
  exceptions: `(module ${kHead}
    (func $risky (param $n i32) (param $k i32) (result i32)
      (local $kept i32)
      (local.set $kept (call $make (i32.const 0) (local.get $k)))
      (if (i32.rem_u (local.get $k) (i32.const 3))
        (then (throw $problem (call $make (local.get $kept) (local.get $k)))))
      (i32.add (call $value (local.get $kept)) (call $value (call $make (local.get $n) (local.get $k)))))
    (func (export "test_exceptions") (param $n i32) (result i32)
      (local $list i32) (local $sum i32) (local $before i32) (local $sp i32)
      (local.set $sp (global.get $__stack_pointer))
      (loop $again
        (local.set $before (call $make (local.get $list) (local.get $n)))
        (try
          (do
            (local.set $list (call $make (local.get $before) (i32.const 5)))
            (local.set $sum (i32.add (local.get $sum) (call $risky (local.get $list) (local.get $n)))))
          (catch $problem
            (local.set $list (pop i32))
            (global.set $__stack_pointer (local.get $sp))
            (drop (call $make (i32.const 0) (i32.const 1)))
            (local.set $sum (i32.add (local.get $sum)
              (i32.mul (call $value (local.get $list)) (call $value (local.get $before))))))
          (catch_all (unreachable)))
        (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 3)) (call $value (local.get $before))))
        (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
      (local.get $sum)))`,
  values: `(module ${kHead}
    (func $two (param $k i32) (result i32 i32)
      (tuple.make 2 (call $make (i32.const 0) (local.get $k))
        (call $make (call $make (i32.const 0) (i32.const 9)) (i32.add (local.get $k) (i32.const 1)))))
    (func (export "test_values") (param $n i32) (result i32)
      (local $sum i32) (local $both (tuple i32 i32))
      (loop $again
        (local.set $both (call $two (local.get $n)))
        (drop (call $make (i32.const 0) (i32.const 7)))
        (drop (call $make (i32.const 0) (i32.const 8)))
        (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 5))
          (i32.add (call $value (tuple.extract 2 0 (local.get $both)))
            (call $value (i32.load (tuple.extract 2 1 (local.get $both)))))))
        (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
      (local.get $sum)))`,
  table: `(module ${kHead}
    (func (export "test_table") (param $n i32) (result i32)
      (local $a i32) (local $b i32) (local $sum i32)
      (local.set $b (call $make (i32.const 0) (i32.const 77)))
      (loop $again
        (local.set $a (call $make (i32.const 0) (local.get $n)))
        (block $out
          (block $two
            (block $one
              (block $zero
                (br_table $zero $one $two $out (i32.rem_u (local.get $n) (i32.const 4))))
              (drop (call $make (i32.const 0) (i32.const 1)))
              (br $out))
            (local.set $b (call_indirect (type $maker) (local.get $a) (i32.const 2) (i32.const 1)))
            (local.set $a (i32.load (local.get $b)))
            (br $out))
          (local.set $b (select (call $make (local.get $b) (i32.const 3)) (call $make (i32.const 0) (i32.const 4))
            (i32.and (local.get $n) (i32.const 2))))
          (br $out))
        (drop (call $make (i32.const 0) (i32.const 5)))
        (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 7))
          (i32.add (call $value (local.get $a)) (call $value (local.get $b)))))
        (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
      (local.get $sum)))`,
  callbacks: `(module ${kHead}
    (func (export "alone") (param $n i32) (result i32)
      (call $value (call $make (call $make (i32.const 0) (i32.const 3)) (local.get $n))))
    (func (export "test_callbacks") (param $n i32) (result i32)
      (local $a i32) (local $sum i32)
      (loop $again
        (local.set $a (call $make (call $make (i32.const 0) (i32.const 4)) (local.get $n)))
        (call $callback (i32.load (local.get $a)))
        (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 5))
          (i32.add (call $value (local.get $a)) (call $value (i32.load (local.get $a))))))
        (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
      (local.get $sum)))`,
};

/** This one wants an engine that knows try_table. Exceptions with objects are thrown on while these are held. */
export const kTryTable = `(module ${kHead}
    (tag $number (param i32))
    (func $risky (param $n i32) (param $k i32) (result i32)
      (local $kept i32)
      (local.set $kept (call $make (i32.const 0) (local.get $k)))
      (if (i32.eqz (i32.rem_u (local.get $k) (i32.const 3)))
        (then (throw $problem (call $make (local.get $kept) (local.get $k)))))
      (if (i32.eqz (i32.rem_u (local.get $k) (i32.const 5))) (then (throw $number (local.get $k))))
      (i32.add (call $value (local.get $kept)) (call $value (call $make (local.get $n) (local.get $k)))))
    (func $passing (param $n i32) (param $k i32) (result i32)
      (local $mine i32) (local $sp i32) (local $thrown i32) (local $caught exnref)
      (local.set $sp (global.get $__stack_pointer))
      (local.set $mine (call $make (local.get $n) (i32.const 6)))
      (block $object (result i32 exnref)
        (block $all (result exnref)
          (try_table (catch_ref $problem $object) (catch_all_ref $all)
            (return (i32.add (call $risky (local.get $n) (local.get $k)) (call $value (local.get $mine)))))
          (unreachable))
        (local.set $caught)
        (global.set $__stack_pointer (local.get $sp))
        (drop (call $make (i32.const 0) (i32.const 1)))
        (drop (call $value (local.get $mine)))
        (throw_ref (local.get $caught)))
      (local.set $caught)
      (local.set $thrown)
      (global.set $__stack_pointer (local.get $sp))
      (drop (call $make (i32.const 0) (i32.const 1)))
      (if (i32.and (call $value (local.get $thrown)) (i32.const 1)) (then (throw_ref (local.get $caught))))
      (i32.mul (call $value (local.get $mine)) (call $value (i32.load (local.get $thrown)))))
    (func $caught (param $n i32) (param $k i32) (result i32)
      (try_table (result i32) (catch $problem 0)
        (drop (call $risky (local.get $n) (local.get $k)))
        (call $make (i32.const 0) (i32.const 4))))
    (func $weigh (param $a i32) (param $b i32) (result i32)
      (i32.add (i32.mul (call $value (local.get $a)) (i32.const 5)) (call $value (local.get $b))))
    (func (export "test_try_table") (param $n i32) (result i32)
      (local $list i32) (local $sum i32) (local $before i32) (local $sp i32)
      (local.set $sp (global.get $__stack_pointer))
      (loop $again
        (local.set $before (call $make (local.get $list) (local.get $n)))
        (block $done
          (block $all
            (block $number (result i32)
              (block $object (result i32)
                (try_table (catch $problem $object) (catch $number $number) (catch_all $all)
                  (local.set $list (call $make (local.get $before) (i32.const 5)))
                  (local.set $sum (i32.add (local.get $sum) (call $passing (local.get $list) (local.get $n))))
                  (local.set $sum (i32.add (local.get $sum) (call $weigh (call $make (i32.const 0) (i32.const 8))
                    (call $caught (local.get $list) (i32.add (local.get $n) (i32.const 1)))))))
                (br $done))
              (local.set $list)
              (global.set $__stack_pointer (local.get $sp))
              (drop (call $make (i32.const 0) (i32.const 1)))
              (local.set $sum (i32.add (local.get $sum)
                (i32.mul (call $value (local.get $list)) (call $value (local.get $before)))))
              (br $done))
            (global.set $__stack_pointer (local.get $sp))
            (drop (call $make (i32.const 0) (i32.const 1)))
            (local.set $sum (i32.add (local.get $sum)))
            (br $done))
          (unreachable))
        (global.set $__stack_pointer (local.get $sp))
        (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 3)) (call $value (local.get $before))))
        (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
      (local.get $sum)))`;
