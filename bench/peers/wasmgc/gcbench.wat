;; gcbench builds trees top-down by filling in children, and bottom-up. Each is stored in an exported global for a
;; while, so that nobody can prove that its root was not needed.

(type $bench (struct (field $left (mut (ref null $bench))) (field $right (mut (ref null $bench))) (field $i (mut i32)) (field $j (mut i32))))
(type $numbers (array (mut f64)))

(global $bench_most (mut i32) (i32.const 0))
(global $bench_depth (mut i32) (i32.const 0))
(global $bench_done (mut i32) (i32.const 0))
(global $bench_phase (mut i32) (i32.const 0))
(global $bench_nodes (mut f64) (f64.const 0))
(global $bench_tree (mut (ref null $bench)) (ref.null $bench))
(global $bench_array (mut (ref null $numbers)) (ref.null $numbers))

(func $bottom_up (param $depth i32) (result (ref $bench))
  (if (result (ref $bench)) (local.get $depth)
    (then
      (local.set $depth (i32.sub (local.get $depth) (i32.const 1)))
      (struct.new $bench (call $bottom_up (local.get $depth)) (call $bottom_up (local.get $depth)) (i32.const 0) (i32.const 0)))
    (else (struct.new_default $bench))))

(func $populate (param $depth i32) (param $node (ref $bench))
  (local $left (ref $bench)) (local $right (ref $bench))
  (if (i32.eqz (local.get $depth)) (then (return)))
  (local.set $depth (i32.sub (local.get $depth) (i32.const 1)))
  (struct.set $bench $left (local.get $node) (local.tee $left (struct.new_default $bench)))
  (struct.set $bench $right (local.get $node) (local.tee $right (struct.new_default $bench)))
  (call $populate (local.get $depth) (local.get $left))
  (call $populate (local.get $depth) (local.get $right)))

(func $top_down (param $depth i32) (result (ref $bench))
  (local $root (ref $bench))
  (local.set $root (struct.new_default $bench))
  (call $populate (local.get $depth) (local.get $root))
  (local.get $root))

(func $count_all (param $node (ref null $bench)) (result i32)
  (if (result i32) (ref.is_null (local.get $node))
    (then (i32.const 0))
    (else
      (i32.add
        (i32.add (i32.const 1) (call $count_all (struct.get $bench $left (local.get $node))))
        (call $count_all (struct.get $bench $right (local.get $node)))))))

(func $tree_size (param $depth i32) (result i32) (i32.sub (i32.shl (i32.const 2) (local.get $depth)) (i32.const 1)))

(func $bench_long_lived
  (local $i i32) (local $array (ref $numbers))
  (global.set $bench_tree (call $top_down (i32.const 16)))
  (global.set $bench_array (local.tee $array (array.new_default $numbers (i32.const 500000))))
  (loop $again
    (array.set $numbers (local.get $array) (local.get $i)
      (f64.div (f64.const 1) (f64.convert_i32_u (i32.add (local.get $i) (i32.const 1)))))
    (local.set $i (i32.add (local.get $i) (i32.const 1)))
    (br_if $again (i32.lt_u (local.get $i) (i32.const 250000)))))

(func $bench_short_lived
  (local $size i32) (local $trees i32) (local $nodes i32)
  (local.set $size (call $tree_size (global.get $bench_depth)))
  (local.set $trees (i32.div_u (i32.mul (i32.const 2) (call $tree_size (i32.const 18))) (local.get $size)))
  (loop $again
    (if (i32.and
          (i32.lt_u (local.get $nodes) (global.get $nodes_of_a_step))
          (i32.lt_u (global.get $bench_done) (i32.mul (i32.const 2) (local.get $trees))))
      (then
        (if (i32.lt_u (global.get $bench_done) (local.get $trees))
          (then (global.set $last (call $top_down (global.get $bench_depth))))
          (else (global.set $last (call $bottom_up (global.get $bench_depth)))))
        (local.set $nodes (i32.add (local.get $nodes) (local.get $size)))
        (global.set $bench_done (i32.add (global.get $bench_done) (i32.const 1)))
        (br $again))))
  (global.set $last (ref.null struct))
  (global.set $bench_nodes (f64.add (global.get $bench_nodes) (f64.convert_i32_u (local.get $nodes))))
  (if (i32.ge_u (global.get $bench_done) (i32.mul (i32.const 2) (local.get $trees)))
    (then
      (global.set $bench_done (i32.const 0))
      (global.set $bench_depth (i32.add (global.get $bench_depth) (i32.const 2))))))

(func (export "gcbench_begin") (param $most i32) (param $unused i32)
  (global.set $bench_most (select (local.get $most) (i32.const 16) (local.get $most)))
  (global.set $bench_depth (i32.const 4))
  (global.set $bench_done (i32.const 0))
  (global.set $bench_phase (i32.const 0))
  (global.set $bench_nodes (f64.const 0)))

(func (export "gcbench_step") (result i32)
  (if (i32.eqz (global.get $bench_phase))
    (then
      (global.set $last (call $bottom_up (i32.const 18)))
      (global.set $last (ref.null struct))
      (global.set $bench_phase (i32.const 1))
      (return (i32.const 1))))
  (if (i32.eq (global.get $bench_phase) (i32.const 1))
    (then
      (call $bench_long_lived)
      (global.set $bench_phase (i32.const 2))
      (return (i32.const 1))))
  (if (i32.gt_u (global.get $bench_depth) (global.get $bench_most)) (then (return (i32.const 0))))
  (call $bench_short_lived)
  (i32.const 1))

(func (export "gcbench_checksum") (result f64)
  (f64.add
    (f64.convert_i32_u (call $count_all (global.get $bench_tree)))
    (f64.floor (f64.div (f64.const 1) (array.get $numbers (global.get $bench_array) (i32.const 999))))))
(func (export "gcbench_operations") (result f64) (global.get $bench_nodes))
