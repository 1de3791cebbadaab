;; trees has nodes of two references that never change once they are made.

(type $tree (struct (field $left (ref null $tree)) (field $right (ref null $tree))))

(global $trees_most (mut i32) (i32.const 0))
(global $trees_depth (mut i32) (i32.const 0))
(global $trees_done (mut i32) (i32.const 0))
(global $trees_phase (mut i32) (i32.const 0))
(global $trees_sum (mut f64) (f64.const 0))
(global $trees_long_lived (mut (ref null $tree)) (ref.null $tree))

(func $build (param $depth i32) (result (ref $tree))
  (if (result (ref $tree)) (local.get $depth)
    (then
      (local.set $depth (i32.sub (local.get $depth) (i32.const 1)))
      (struct.new $tree (call $build (local.get $depth)) (call $build (local.get $depth))))
    (else (struct.new_default $tree))))

(func $count (param $node (ref $tree)) (result i32)
  (local $left (ref null $tree))
  (local.set $left (struct.get $tree $left (local.get $node)))
  (if (result i32) (ref.is_null (local.get $left))
    (then (i32.const 1))
    (else
      (i32.add
        (i32.add (i32.const 1) (call $count (ref.as_non_null (local.get $left))))
        (call $count (ref.as_non_null (struct.get $tree $right (local.get $node))))))))

(func $build_and_count (param $depth i32)
  (global.set $trees_sum (f64.add (global.get $trees_sum) (f64.convert_i32_u (call $count (call $build (local.get $depth)))))))

(func $trees_short_lived
  (local $trees i32) (local $nodes i32)
  (local.set $trees (i32.shl (i32.const 1) (i32.add (i32.sub (global.get $trees_most) (global.get $trees_depth)) (i32.const 4))))
  (loop $again
    (if (i32.and (i32.lt_u (local.get $nodes) (global.get $nodes_of_a_step)) (i32.lt_u (global.get $trees_done) (local.get $trees)))
      (then
        (call $build_and_count (global.get $trees_depth))
        (local.set $nodes (i32.add (local.get $nodes) (i32.shl (i32.const 2) (global.get $trees_depth))))
        (global.set $trees_done (i32.add (global.get $trees_done) (i32.const 1)))
        (br $again))))
  (if (i32.ge_u (global.get $trees_done) (local.get $trees))
    (then
      (global.set $trees_done (i32.const 0))
      (global.set $trees_depth (i32.add (global.get $trees_depth) (i32.const 2))))))

(func (export "trees_begin") (param $most i32) (param $unused i32)
  (global.set $trees_most (local.get $most))
  (global.set $trees_depth (i32.const 4))
  (global.set $trees_done (i32.const 0))
  (global.set $trees_phase (i32.const 0))
  (global.set $trees_sum (f64.const 0)))

(func (export "trees_step") (result i32)
  (if (i32.eqz (global.get $trees_phase))
    (then
      (call $build_and_count (i32.add (global.get $trees_most) (i32.const 1)))
      (global.set $trees_phase (i32.const 1))
      (return (i32.const 1))))
  (if (i32.eq (global.get $trees_phase) (i32.const 1))
    (then
      (global.set $trees_long_lived (call $build (global.get $trees_most)))
      (global.set $trees_phase (i32.const 2))
      (return (i32.const 1))))
  (if (i32.le_u (global.get $trees_depth) (global.get $trees_most))
    (then (call $trees_short_lived) (return (i32.const 1))))
  (global.set $trees_sum
    (f64.add (global.get $trees_sum) (f64.convert_i32_u (call $count (ref.as_non_null (global.get $trees_long_lived))))))
  (i32.const 0))

(func (export "trees_checksum") (result f64) (global.get $trees_sum))
(func (export "trees_operations") (result f64) (global.get $trees_sum))
