;; drop makes objects of two references and integers, and drops them at once. The last one is in an exported global, so
;; that nobody can prove that there was no need to make any.

(type $drop16 (struct
  (field (ref null $drop16)) (field (ref null $drop16))
  (field (mut i32)) (field (mut i32))))
(type $drop32 (struct
  (field (ref null $drop32)) (field (ref null $drop32))
  (field (mut i32)) (field (mut i32)) (field (mut i32)) (field (mut i32)) (field (mut i32)) (field (mut i32))))
(type $drop64 (struct
  (field (ref null $drop64)) (field (ref null $drop64))
  (field (mut i32)) (field (mut i32)) (field (mut i32)) (field (mut i32)) (field (mut i32)) (field (mut i32))
  (field (mut i32)) (field (mut i32)) (field (mut i32)) (field (mut i32)) (field (mut i32)) (field (mut i32))
  (field (mut i32)) (field (mut i32))))

(global $last (export "last") (mut (ref null struct)) (ref.null struct))
(global $drop_bytes (mut i32) (i32.const 0))
(global $drop_left (mut i32) (i32.const 0))
(global $drop_made (mut i32) (i32.const 0))
(global $drop_operations (mut f64) (f64.const 0))

(func (export "drop_begin") (param $bytes i32) (param $count i32)
  (global.set $drop_bytes (local.get $bytes))
  (global.set $drop_left (local.get $count))
  (global.set $drop_made (i32.const 0))
  (global.set $drop_operations (f64.convert_i32_u (local.get $count))))

(func $drop_some_16 (param $count i32)
  (loop $again
    (global.set $last (struct.new_default $drop16))
    (global.set $drop_made (i32.add (global.get $drop_made) (i32.const 1)))
    (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1))))))

(func $drop_some_32 (param $count i32)
  (loop $again
    (global.set $last (struct.new_default $drop32))
    (global.set $drop_made (i32.add (global.get $drop_made) (i32.const 1)))
    (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1))))))

(func $drop_some_64 (param $count i32)
  (loop $again
    (global.set $last (struct.new_default $drop64))
    (global.set $drop_made (i32.add (global.get $drop_made) (i32.const 1)))
    (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1))))))

(func (export "drop_step") (result i32)
  (local $count i32)
  (local.set $count (call $min (global.get $drop_left) (global.get $batch)))
  (global.set $drop_left (i32.sub (global.get $drop_left) (local.get $count)))
  (if (i32.eq (global.get $drop_bytes) (i32.const 16)) (then (call $drop_some_16 (local.get $count))))
  (if (i32.eq (global.get $drop_bytes) (i32.const 32)) (then (call $drop_some_32 (local.get $count))))
  (if (i32.eq (global.get $drop_bytes) (i32.const 64)) (then (call $drop_some_64 (local.get $count))))
  (global.get $drop_left))

(func (export "drop_checksum") (result f64) (f64.convert_i32_u (global.get $drop_made)))
(func (export "drop_operations") (result f64) (global.get $drop_operations))
