;; fifo has a queue. Each operation puts a new node at its end and takes the oldest.

(type $queue_node (struct
  (field $next (mut (ref null $queue_node))) (field $unused (mut (ref null $queue_node)))
  (field $number (mut i32)) (field $value (mut i32))))

(global $fifo_first (mut (ref null $queue_node)) (ref.null $queue_node))
(global $fifo_last (mut (ref null $queue_node)) (ref.null $queue_node))
(global $fifo_made (mut i32) (i32.const 0))
(global $fifo_left (mut i32) (i32.const 0))
(global $fifo_sum (mut i32) (i32.const 0))
(global $fifo_operations (mut f64) (f64.const 0))

(func $fifo_put
  (local $node (ref $queue_node))
  (local.set $node
    (struct.new $queue_node (ref.null $queue_node) (ref.null $queue_node) (global.get $fifo_made) (call $next)))
  (global.set $fifo_made (i32.add (global.get $fifo_made) (i32.const 1)))
  (struct.set $queue_node $next (global.get $fifo_last) (local.get $node))
  (global.set $fifo_last (local.get $node)))

(func $fifo_put_some (param $count i32)
  (loop $again
    (call $fifo_put)
    (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1))))))

(func (export "fifo_begin") (param $count i32) (param $operations i32)
  (local $some i32)
  (call $seed)
  (global.set $fifo_made (i32.const 0))
  (global.set $fifo_sum (i32.const 0))
  (global.set $fifo_left (local.get $operations))
  (global.set $fifo_operations (f64.convert_i32_u (local.get $operations)))
  (global.set $fifo_first
    (struct.new $queue_node (ref.null $queue_node) (ref.null $queue_node) (i32.const 0) (i32.const 0)))
  (global.set $fifo_last (global.get $fifo_first))
  (loop $again
    (local.set $some (call $min (local.get $count) (global.get $batch)))
    (call $fifo_put_some (local.get $some))
    (br_if $again (local.tee $count (i32.sub (local.get $count) (local.get $some))))))

(func (export "fifo_step") (result i32)
  (local $count i32) (local $oldest (ref null $queue_node))
  (local.set $count (call $min (global.get $fifo_left) (global.get $batch)))
  (global.set $fifo_left (i32.sub (global.get $fifo_left) (local.get $count)))
  (loop $again
    (call $fifo_put)
    (local.set $oldest (global.get $fifo_first))
    (global.set $fifo_sum
      (i32.add (global.get $fifo_sum)
        (i32.xor (struct.get $queue_node $value (local.get $oldest))
          (struct.get $queue_node $number (local.get $oldest)))))
    (global.set $fifo_first (struct.get $queue_node $next (local.get $oldest)))
    (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))
  (global.get $fifo_left))

(func (export "fifo_checksum") (result f64) (f64.convert_i32_u (global.get $fifo_sum)))
(func (export "fifo_operations") (result f64) (global.get $fifo_operations))
