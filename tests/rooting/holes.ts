// Each of these programs has a hole: a pointer that lives across a call that may collect, and is in no frame. Each
// shape of code that has lost pointers in compilers' output stands with each way to allocate before it and across it.

/** These make an object, as an expression: by a call, by a call of a call, through the table, and inlined. */
const kAllocations: Readonly<Record<string, string>> = {
  direct: '(call $new (i32.const 1))',
  wrapped: '(call $make (i32.const 0) (local.get $n))',
  indirect: '(call_indirect (type $maker) (i32.const 0) (local.get $n) (i32.const 0))',
  inlined: `(block $done (result i32)
      (local.set $cursor (i32.load (i32.const 33554500)))
      (if (i32.le_u (i32.add (local.get $cursor) (i32.const 16)) (i32.load (i32.const 33554504)))
        (then
          (i32.store (i32.const 33554500) (i32.add (local.get $cursor) (i32.const 16)))
          (br $done (local.get $cursor))))
      (call $new (i32.const 1)))`,
};

/** These collect without giving anything. */
const kCollections: Readonly<Record<string, string>> = {
  collect: '(drop (call $collect))',
  foreign: '(call $callback (i32.const 7))',
  allocation: '(drop (call $make (i32.const 0) (i32.const 9)))',
};

/** This is the body of a function of $n that gives an i32; `make` is kept across `collect`. */
const kShapes: Readonly<Record<string, (make: string, collect: string) => string>> = {
  local: (make, collect) => `(local.set $a ${make}) ${collect} (i32.load (local.get $a))`,
  operand: (make, collect) => `(call $both ${make} (block (result i32) ${collect} (local.get $n)))`,
  deepOperand: (make, collect) =>
    `(i32.add (i32.load ${make}) (call $both (i32.const 1) (call $both ${make} (block (result i32) ${collect} (i32.const 2)))))`,
  storedValue: (make, collect) =>
    `(i32.store (block (result i32) ${make}) (block (result i32) ${collect} (i32.const 5))) (i32.const 0)`,
  loop: (make, collect) => `
    (local.set $a ${make})
    (loop $again
      ${collect}
      (local.set $sum (i32.add (local.get $sum) (i32.load (local.get $a))))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum)`,
  carriedByALoop: (make, collect) => `
    (loop $again
      (local.set $sum (i32.add (local.get $sum) (if (result i32) (local.get $a)
        (then (i32.load (local.get $a))) (else (i32.const 0)))))
      (local.set $a ${make})
      ${collect}
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum)`,
  oneWay: (make, collect) => `
    (local.set $a ${make})
    (if (local.get $n) (then ${collect}) (else (local.set $a (i32.const 33554432))))
    (i32.load (local.get $a))`,
  brTable: (make, collect) => `
    (local.set $a ${make})
    (block $out (block $one (block $zero (br_table $zero $one $out (local.get $n))) ${collect} (br $out))
      (local.set $a (i32.const 33554432)))
    (i32.load (local.get $a))`,
  afterTry: (make, collect) => `
    (local.set $a ${make})
    (try (do ${collect}) (catch $problem (drop (pop i32))))
    (i32.load (local.get $a))`,
  inCatch: (make, collect) => `
    (local.set $a ${make})
    (try (do ${collect} (local.set $a (i32.const 33554432)))
      (catch $problem (drop (pop i32)) (local.set $sum (i32.load (local.get $a)))))
    (local.get $sum)`,
  afterTryTable: (make, collect) => `
    (local.set $a ${make})
    (block $caught (try_table (catch_all $caught) ${collect}))
    (i32.load (local.get $a))`,
  inCatchOfTryTable: (make, collect) => `
    (local.set $a ${make})
    (block $done
      (drop (block $caught (result i32)
        (try_table (catch $problem $caught) ${collect} (local.set $a (i32.const 33554432)))
        (br $done)))
      (local.set $sum (i32.load (local.get $a))))
    (local.get $sum)`,
  inCatchOfOuterTryTable: (make, collect) => `
    (local.set $a ${make})
    (block $done
      (block $outer
        (try_table (catch_all $outer)
          (drop (block $inner (result i32) (try_table (catch $problem $inner) ${collect}) (i32.const 0)))
          (local.set $a (i32.const 33554432)))
        (br $done))
      (local.set $sum (i32.load (local.get $a))))
    (local.get $sum)`,
  caughtAndThrownOn: (make, collect) => `
    (block $catch (result i32 exnref)
      (try_table (catch_ref $problem $catch) (throw $problem ${make}))
      (unreachable))
    (local.set $caught)
    (local.set $a)
    ${collect}
    (if (i32.load (local.get $a)) (then (throw_ref (local.get $caught))))
    (i32.const 0)`,
  catchIsALoop: (make, collect) => `
    (local.set $a ${make})
    (loop $again
      (local.set $sum (i32.add (local.get $sum) (i32.load (local.get $a))))
      (try_table (catch_all $again) ${collect}))
    (local.get $sum)`,
  operandOverTryTable: (make, collect) => `
    (call $both ${make} (block $caught (result i32)
      (try_table (catch $problem $caught) ${collect})
      (i32.const 2)))`,
  tailCall: (make, collect) => `
    (local.set $a ${make}) ${collect}
    (return_call $both (local.get $a) (local.get $n))`,
  severalValues: (make, collect) => `
    (local.set $pair (tuple.make 2 ${make} (local.get $n))) ${collect}
    (i32.load (tuple.extract 2 0 (local.get $pair)))`,
  twoInOne: (make, collect) => `
    (local.set $wide (i64.or (i64.extend_i32_u ${make}) (i64.shl (i64.extend_i32_u (local.get $n)) (i64.const 32))))
    ${collect}
    (i32.load (i32.wrap_i64 (local.get $wide)))`,
  vector: (make, collect) => `
    (local.set $vector (i32x4.splat ${make})) ${collect}
    (i32.load (i32x4.extract_lane 1 (local.get $vector)))`,
  inner: (make, collect) => `
    (local.set $a (i32.add ${make} (i32.const 8))) ${collect}
    (i32.load (local.get $a))`,
  loaded: (make, collect) => `
    (local.set $a (i32.load ${make})) ${collect}
    (i32.load (local.get $a))`,
  chosen: (make, collect) => `
    (local.set $a (select ${make} (i32.const 33554432) (local.get $n))) ${collect}
    (i32.load (local.get $a))`,
};

const text = (body: string): string => `(module
  (type $maker (func (param i32 i32) (result i32)))
  (import "env" "memory" (memory 1))
  (import "heap" "mgc_new" (func $new (param i32) (result i32)))
  (import "heap" "mgc_collect" (func $collect (result i32)))
  (import "env" "callback" (func $callback (param i32)))
  (global $__stack_pointer (mut i32) (i32.const 33800000))
  (table 2 funcref)
  (elem (i32.const 0) $make $make)
  (tag $problem (param i32))
  (func $make (param $left i32) (param $value i32) (result i32)
    (local $made i32)
    (i32.store (i32.const 33554432) (local.get $left))
    (local.set $made (call $new (i32.const 1)))
    (i32.store offset=8 (local.get $made) (i32.const 3))
    (local.get $made))
  (func $both (param $p i32) (param $q i32) (result i32) (i32.add (i32.load (local.get $p)) (local.get $q)))
  (func $hole (export "hole") (param $n i32) (result i32)
    (local $a i32) (local $sum i32) (local $cursor i32) (local $wide i64) (local $vector v128)
    (local $pair (tuple i32 i32)) ${body.includes('$caught)') ? '(local $caught exnref)' : ''}
    ${body}))`;

export interface Hole {
  readonly name: string;
  readonly text: string;
}

export function allHoles(): Hole[] {
  return Object.entries(kShapes).flatMap(([shape, body]) =>
    Object.entries(kAllocations).flatMap(([made, make]) =>
      Object.entries(kCollections).map(([collected, collect]) => ({
        name: `${shape}-${made}-${collected}`,
        text: text(body(make, collect)),
      })),
    ),
  );
}
