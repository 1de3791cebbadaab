;; mark, list and steady have a graph of nodes in random order, on one cycle by their left references. The host
;; collects.

(import "host" "gc" (func $gc))

(type $node (struct (field $left (mut (ref null $node))) (field $right (mut (ref null $node)))))
(type $nodes (array (mut (ref null $node))))

(global $start (mut (ref null $node)) (ref.null $node))
(global $collections i32 (i32.const 2))
(global $mark_done (mut i32) (i32.const 0))
(global $mark_nodes (mut i32) (i32.const 0))

(func $make_some (param $table (ref $nodes)) (param $from i32) (param $to i32)
  (loop $again
    (array.set $nodes (local.get $table) (local.get $from) (struct.new_default $node))
    (local.set $from (i32.add (local.get $from) (i32.const 1)))
    (br_if $again (i32.lt_u (local.get $from) (local.get $to)))))

;; This is the shuffle of Fisher and Yates, from the top down to `to`.
(func $shuffle_some (param $table (ref $nodes)) (param $from i32) (param $to i32)
  (local $j i32) (local $node (ref null $node))
  (loop $again
    (local.set $j (call $below (i32.add (local.get $from) (i32.const 1))))
    (local.set $node (array.get $nodes (local.get $table) (local.get $from)))
    (array.set $nodes (local.get $table) (local.get $from) (array.get $nodes (local.get $table) (local.get $j)))
    (array.set $nodes (local.get $table) (local.get $j) (local.get $node))
    (local.set $from (i32.sub (local.get $from) (i32.const 1)))
    (br_if $again (i32.gt_u (local.get $from) (local.get $to)))))

(func $link_some (param $table (ref $nodes)) (param $from i32) (param $to i32) (param $randomly i32)
  (local $count i32) (local $behind i32) (local $node (ref null $node))
  (local.set $count (array.len (local.get $table)))
  (loop $again
    (local.set $node (array.get $nodes (local.get $table) (local.get $from)))
    (local.set $behind (i32.add (local.get $from) (i32.const 1)))
    (struct.set $node $left (local.get $node)
      (array.get $nodes (local.get $table)
        (select (i32.const 0) (local.get $behind) (i32.eq (local.get $behind) (local.get $count)))))
    (if (local.get $randomly)
      (then
        (struct.set $node $right (local.get $node) (array.get $nodes (local.get $table) (call $below (local.get $count))))))
    (local.set $from (local.get $behind))
    (br_if $again (i32.lt_u (local.get $from) (local.get $to)))))

(func $build_graph (param $count i32) (param $randomly i32)
  (local $table (ref $nodes)) (local $i i32) (local $end i32)
  (call $seed)
  (local.set $table (array.new_default $nodes (local.get $count)))
  (loop $making
    (local.set $end (call $min (local.get $count) (i32.add (local.get $i) (global.get $batch))))
    (call $make_some (local.get $table) (local.get $i) (local.get $end))
    (br_if $making (i32.lt_u (local.tee $i (local.get $end)) (local.get $count))))
  (local.set $i (i32.sub (local.get $count) (i32.const 1)))
  (loop $shuffling
    (local.set $end (i32.sub (local.get $i) (call $min (local.get $i) (global.get $batch))))
    (call $shuffle_some (local.get $table) (local.get $i) (local.get $end))
    (br_if $shuffling (local.tee $i (local.get $end))))
  (local.set $i (i32.const 0))
  (loop $linking
    (local.set $end (call $min (local.get $count) (i32.add (local.get $i) (global.get $batch))))
    (call $link_some (local.get $table) (local.get $i) (local.get $end) (local.get $randomly))
    (br_if $linking (i32.lt_u (local.tee $i (local.get $end)) (local.get $count))))
  (global.set $start (array.get $nodes (local.get $table) (i32.const 0))))

(func $begin_mark (param $count i32) (param $randomly i32)
  (global.set $mark_done (i32.const 0))
  (global.set $mark_nodes (local.get $count))
  (call $build_graph (local.get $count) (local.get $randomly)))

;; The host collects before the clock starts: the table is garbage only when its builder has returned.
(func (export "mark_begin") (param $count i32) (param $unused i32) (call $begin_mark (local.get $count) (i32.const 1)))
(func (export "list_begin") (param $count i32) (param $unused i32) (call $begin_mark (local.get $count) (i32.const 0)))

(func $mark_step (export "mark_step") (export "list_step") (result i32)
  (call $gc)
  (global.set $mark_done (i32.add (global.get $mark_done) (i32.const 1)))
  (i32.lt_u (global.get $mark_done) (global.get $collections)))

(func (export "mark_checksum") (export "list_checksum") (result f64)
  (local $hops f64) (local $node (ref null $node))
  (local.set $node (global.get $start))
  (loop $again
    (local.set $node (struct.get $node $left (local.get $node)))
    (local.set $hops (f64.add (local.get $hops) (f64.const 1)))
    (br_if $again (i32.eqz (ref.eq (local.get $node) (global.get $start)))))
  (local.get $hops))
(func (export "mark_operations") (export "list_operations") (result f64)
  (f64.mul (f64.convert_i32_u (global.get $collections)) (f64.convert_i32_u (global.get $mark_nodes))))

(type $short (struct
  (field $first (mut (ref null $short))) (field $second (mut (ref null $short)))
  (field $number (mut i32)) (field $unused (mut i32))))
(type $shorts (array (mut (ref null $short))))

(global $shorts (mut (ref null $shorts)) (ref.null $shorts))
(global $steady_count (mut i32) (i32.const 0))
(global $steady_made (mut i32) (i32.const 0))
(global $steady_place (mut i32) (i32.const 0))

(func (export "steady_begin") (param $live i32) (param $count i32)
  (call $build_graph (local.get $live) (i32.const 1))
  (global.set $shorts (array.new_default $shorts (i32.const 100000)))
  (global.set $steady_count (local.get $count))
  (global.set $steady_made (i32.const 0))
  (global.set $steady_place (i32.const 0))
  (call $gc))

(func $keep (param $made (ref $short))
  (array.set $shorts (global.get $shorts) (global.get $steady_place) (local.get $made))
  (global.set $steady_place (i32.add (global.get $steady_place) (i32.const 1)))
  (if (i32.eq (global.get $steady_place) (i32.const 100000)) (then (global.set $steady_place (i32.const 0)))))

(func (export "steady_step") (result i32)
  (local $number i32) (local $end i32) (local $made (ref $short))
  (local.set $number (global.get $steady_made))
  (local.set $end (call $min (global.get $steady_count) (i32.add (local.get $number) (global.get $batch))))
  (loop $again
    (local.set $made (struct.new $short (ref.null $short) (ref.null $short) (local.get $number) (i32.const 0)))
    (global.set $last (local.get $made))
    (if (i32.eqz (i32.and (local.get $number) (i32.const 63))) (then (call $keep (local.get $made))))
    (br_if $again (i32.lt_u (local.tee $number (i32.add (local.get $number) (i32.const 1))) (local.get $end))))
  (global.set $steady_made (local.get $number))
  (i32.lt_u (local.get $number) (global.get $steady_count)))

(func (export "steady_checksum") (result f64)
  (local $oldest (ref null $short))
  (local.set $oldest (array.get $shorts (global.get $shorts) (global.get $steady_place)))
  (if (ref.is_null (local.get $oldest))
    (then (local.set $oldest (array.get $shorts (global.get $shorts) (i32.const 0)))))
  (f64.convert_i32_u (struct.get $short $number (local.get $oldest))))
(func (export "steady_operations") (result f64) (f64.convert_i32_u (global.get $steady_count)))
