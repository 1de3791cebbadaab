;; churn and pause have a table of nodes. Each operation replaces a random one by a new node, which takes another random
;; node for its link.

(type $churn_node (struct
  (field $link (mut (ref null $churn_node))) (field $other (mut (ref null $churn_node)))
  (field $id (mut i32)) (field $value (mut i32))))
(type $churn_table (array (mut (ref null $churn_node))))

(global $churn_table (mut (ref null $churn_table)) (ref.null $churn_table))
(global $churn_mask (mut i32) (i32.const 0))
(global $churn_serial (mut i32) (i32.const 0))
(global $churn_left (mut i32) (i32.const 0))
(global $churn_operations (mut f64) (f64.const 0))

(func $make_churn (result (ref $churn_node))
  (local $id i32)
  (local.set $id (global.get $churn_serial))
  (global.set $churn_serial (i32.add (local.get $id) (i32.const 1)))
  (struct.new $churn_node (ref.null $churn_node) (ref.null $churn_node) (local.get $id) (call $next)))

(func $fill_churn (param $from i32) (param $to i32)
  (local $table (ref $churn_table))
  (local.set $table (ref.as_non_null (global.get $churn_table)))
  (loop $again
    (array.set $churn_table (local.get $table) (local.get $from) (call $make_churn))
    (local.set $from (i32.add (local.get $from) (i32.const 1)))
    (br_if $again (i32.lt_u (local.get $from) (local.get $to)))))

(func (export "churn_begin") (param $k i32) (param $operations i32)
  (local $i i32) (local $size i32) (local $end i32)
  (call $seed)
  (local.set $size (i32.shl (i32.const 1) (local.get $k)))
  (global.set $churn_mask (i32.sub (local.get $size) (i32.const 1)))
  (global.set $churn_serial (i32.const 0))
  (global.set $churn_left (local.get $operations))
  (global.set $churn_operations (f64.convert_i32_u (local.get $operations)))
  (global.set $churn_table (array.new_default $churn_table (local.get $size)))
  (loop $again
    (local.set $end (call $min (local.get $size) (i32.add (local.get $i) (global.get $batch))))
    (call $fill_churn (local.get $i) (local.get $end))
    (local.set $i (local.get $end))
    (br_if $again (i32.lt_u (local.get $i) (local.get $size)))))

(func (export "churn_step") (result i32)
  (local $count i32) (local $i i32) (local $mask i32)
  (local $table (ref $churn_table)) (local $old (ref null $churn_node)) (local $node (ref $churn_node))
  (local.set $table (ref.as_non_null (global.get $churn_table)))
  (local.set $mask (global.get $churn_mask))
  (local.set $count (call $min (global.get $churn_left) (global.get $batch)))
  (global.set $churn_left (i32.sub (global.get $churn_left) (local.get $count)))
  (loop $again
    (local.set $i (i32.and (call $next) (local.get $mask)))
    (local.set $old (array.get $churn_table (local.get $table) (i32.and (call $next) (local.get $mask))))
    (local.set $node (call $make_churn))
    (struct.set $churn_node $link (local.get $old) (ref.null $churn_node))
    (struct.set $churn_node $link (local.get $node) (local.get $old))
    (array.set $churn_table (local.get $table) (local.get $i) (local.get $node))
    (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))
  (global.get $churn_left))

(func (export "churn_checksum") (result f64)
  (local $i i32) (local $sum i32) (local $node (ref null $churn_node)) (local $link (ref null $churn_node))
  (loop $again
    (local.set $node (array.get $churn_table (global.get $churn_table) (local.get $i)))
    (local.set $link (struct.get $churn_node $link (local.get $node)))
    (local.set $sum
      (i32.add (local.get $sum)
        (i32.add (struct.get $churn_node $id (local.get $node)) (struct.get $churn_node $value (local.get $node)))))
    (if (i32.eqz (ref.is_null (local.get $link)))
      (then (local.set $sum (i32.add (local.get $sum) (i32.mul (i32.const 3) (struct.get $churn_node $id (local.get $link)))))))
    (local.set $i (i32.add (local.get $i) (i32.const 1)))
    (br_if $again (i32.le_u (local.get $i) (global.get $churn_mask))))
  (f64.convert_i32_u (local.get $sum)))
(func (export "churn_operations") (result f64) (global.get $churn_operations))
