;; strings makes arrays of bytes, the newest 100000 of which are alive.

(type $bytes (array (mut i8)))
(type $ring (array (mut (ref null $bytes))))

(global $ring (mut (ref null $ring)) (ref.null $ring))
(global $strings_left (mut i32) (i32.const 0))
(global $strings_place (mut i32) (i32.const 0))
(global $strings_sum (mut i32) (i32.const 0))
(global $strings_operations (mut f64) (f64.const 0))

(func (export "strings_begin") (param $count i32) (param $unused i32)
  (call $seed)
  (global.set $ring (array.new_default $ring (i32.const 100000)))
  (global.set $strings_left (local.get $count))
  (global.set $strings_place (i32.const 0))
  (global.set $strings_sum (i32.const 0))
  (global.set $strings_operations (f64.convert_i32_u (local.get $count))))

(func $read_string (param $bytes (ref null $bytes)) (result i32)
  (local $first i32)
  (if (ref.is_null (local.get $bytes)) (then (return (i32.const 0))))
  (local.set $first (array.get_u $bytes (local.get $bytes) (i32.const 0)))
  (i32.add (local.get $first)
    (array.get_u $bytes (local.get $bytes) (i32.sub (local.get $first) (i32.const 1)))))

(func $make_string (param $x i32) (result (ref $bytes))
  (local $length i32) (local $bytes (ref $bytes))
  (local.set $length
    (i32.add (i32.const 8) (i32.shr_u (i32.mul (i32.shr_u (local.get $x) (i32.const 8)) (i32.const 57)) (i32.const 24))))
  (local.set $bytes (array.new_default $bytes (local.get $length)))
  (array.set $bytes (local.get $bytes) (i32.const 0) (local.get $length))
  (array.set $bytes (local.get $bytes) (i32.sub (local.get $length) (i32.const 1)) (local.get $x))
  (local.get $bytes))

(func (export "strings_step") (result i32)
  (local $count i32) (local $place i32) (local $ring (ref $ring))
  (local.set $ring (ref.as_non_null (global.get $ring)))
  (local.set $place (global.get $strings_place))
  (local.set $count (call $min (global.get $strings_left) (global.get $batch)))
  (global.set $strings_left (i32.sub (global.get $strings_left) (local.get $count)))
  (loop $again
    (global.set $strings_sum
      (i32.add (global.get $strings_sum) (call $read_string (array.get $ring (local.get $ring) (local.get $place)))))
    (array.set $ring (local.get $ring) (local.get $place) (call $make_string (call $next)))
    (local.set $place (i32.add (local.get $place) (i32.const 1)))
    (if (i32.eq (local.get $place) (i32.const 100000)) (then (local.set $place (i32.const 0))))
    (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))
  (global.set $strings_place (local.get $place))
  (global.get $strings_left))

(func (export "strings_checksum") (result f64) (f64.convert_i32_u (global.get $strings_sum)))
(func (export "strings_operations") (result f64) (global.get $strings_operations))
