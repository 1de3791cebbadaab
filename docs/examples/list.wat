;; This module by another compiler runs beside the heap: it shares the heap's memory and calls the heap's exports, and
;; does by itself what needs no call: pushing a frame, allocating, storing with the write barrier. docs/abi.md explains
;; each step; tests/js/abi-example.test.ts runs it.
;;
;; No offset is written down here. The heap's self-description is imported as constants, one global a name: whoever
;; instantiates this module reads it from the heap and has checked the ABI number. A compiler that knows one ABI number
;; may fold them.
(module
  (import "env" "memory" (memory 1))

  (import "heap" "mgc_scratch" (func $mgc_scratch (param i32) (result i32)))
  (import "heap" "mgc_type_define" (func $mgc_type_define (param i32) (result i32)))
  (import "heap" "mgc_mutator" (func $mgc_mutator (result i32)))
  (import "heap" "mgc_alloc_slot" (func $mgc_alloc_slot (param i32) (result i32)))
  (import "heap" "mgc_roundup" (func $mgc_roundup (param i32) (result i32)))
  (import "heap" "mgc_new" (func $mgc_new (param i32) (result i32)))
  (import "heap" "mgc_frame_push" (func $mgc_frame_push (param i32) (result i32)))
  (import "heap" "mgc_collect" (func $mgc_collect (result i32)))

  (import "abi" "sizeof.type_info" (global $sizeof_type_info i32))
  (import "abi" "sizeof.field" (global $sizeof_field i32))
  (import "abi" "type_info.name" (global $type_info_name i32))
  (import "abi" "type_info.size" (global $type_info_size i32))
  (import "abi" "type_info.tail" (global $type_info_tail i32))
  (import "abi" "type_info.pointers" (global $type_info_pointers i32))
  (import "abi" "type_info.fields" (global $type_info_fields i32))
  (import "abi" "type_info.field_count" (global $type_info_field_count i32))
  (import "abi" "words_info.mask" (global $words_info_mask i32))
  (import "abi" "field.name" (global $field_name i32))
  (import "abi" "field.offset" (global $field_offset i32))
  (import "abi" "field.kind" (global $field_kind i32))
  (import "abi" "field.count" (global $field_count i32))
  (import "abi" "field.REF" (global $kind_ref i32))
  (import "abi" "field.I32" (global $kind_i32 i32))
  (import "abi" "tail.REPEAT" (global $tail_repeat i32))
  (import "abi" "mutator.shadow_top" (global $mutator_shadow_top i32))
  (import "abi" "mutator.shadow_limit" (global $mutator_shadow_limit i32))
  (import "abi" "alloc_slot.cursor" (global $alloc_slot_cursor i32))
  (import "abi" "alloc_slot.limit" (global $alloc_slot_limit i32))
  (import "abi" "cards.address" (global $cards_address i32))
  (import "abi" "cards.base" (global $cards_base i32))
  (import "abi" "cards.mask" (global $cards_mask i32))
  (import "abi" "card.shift" (global $card_shift i32))

  ;; struct Node { Node* next; int32_t value; }
  (global $node_bytes i32 (i32.const 8))
  (global $node_next i32 (i32.const 0))
  (global $node_value i32 (i32.const 4))
  (global $node_mask i32 (i32.const 1)) ;; bit i: word i of a node is a pointer

  ;; They are valid as long as the heap, and are fetched once, in $init.
  (global $node_type (mut i32) (i32.const 0))
  (global $node_slot (mut i32) (i32.const 0))
  (global $node_slot_bytes (mut i32) (i32.const 0))
  (global $mutator (mut i32) (i32.const 0))
  (global $card_table (mut i32) (i32.const 0))
  (global $card_mask (mut i32) (i32.const 0))

  ;; ---- The type ----

  ;; Describes Node in the heap's scratch memory: the type info, two fields, the mask, three names. mgc_type_define
  ;; copies all of it.
  (func $define_node
    (local $info i32) (local $fields i32) (local $mask i32) (local $names i32)
    (local.set $info (call $mgc_scratch (i32.const 512)))
    (if (i32.eqz (local.get $info)) (then (unreachable)))
    (memory.fill (local.get $info) (i32.const 0) (i32.const 512))
    (local.set $fields (i32.add (local.get $info) (global.get $sizeof_type_info)))
    (local.set $mask (i32.add (local.get $fields) (i32.mul (global.get $sizeof_field) (i32.const 2))))
    (local.set $names (i32.add (local.get $mask) (i32.const 4)))

    (i32.store (local.get $mask) (global.get $node_mask))
    (i64.store (local.get $names) (i64.const 0x65646f4e))                                    ;; "Node"
    (i64.store (i32.add (local.get $names) (i32.const 8)) (i64.const 0x7478656e))            ;; "next"
    (i64.store (i32.add (local.get $names) (i32.const 16)) (i64.const 0x65756c6176))         ;; "value"

    (i32.store (i32.add (local.get $info) (global.get $type_info_name)) (local.get $names))
    (i32.store (i32.add (local.get $info) (global.get $type_info_size)) (global.get $node_bytes))
    (i32.store (i32.add (local.get $info) (global.get $type_info_tail)) (global.get $tail_repeat))
    (i32.store
      (i32.add (i32.add (local.get $info) (global.get $type_info_pointers)) (global.get $words_info_mask))
      (local.get $mask))
    (i32.store (i32.add (local.get $info) (global.get $type_info_fields)) (local.get $fields))
    (i32.store (i32.add (local.get $info) (global.get $type_info_field_count)) (i32.const 2))

    (i32.store (i32.add (local.get $fields) (global.get $field_name)) (i32.add (local.get $names) (i32.const 8)))
    (i32.store (i32.add (local.get $fields) (global.get $field_offset)) (global.get $node_next))
    (i32.store (i32.add (local.get $fields) (global.get $field_kind)) (global.get $kind_ref))
    (i32.store (i32.add (local.get $fields) (global.get $field_count)) (i32.const 1))
    (local.set $fields (i32.add (local.get $fields) (global.get $sizeof_field)))
    (i32.store (i32.add (local.get $fields) (global.get $field_name)) (i32.add (local.get $names) (i32.const 16)))
    (i32.store (i32.add (local.get $fields) (global.get $field_offset)) (global.get $node_value))
    (i32.store (i32.add (local.get $fields) (global.get $field_kind)) (global.get $kind_i32))
    (i32.store (i32.add (local.get $fields) (global.get $field_count)) (i32.const 1))

    (global.set $node_type (call $mgc_type_define (local.get $info)))
    (if (i32.eqz (global.get $node_type)) (then (unreachable))))

  ;; This is to be called once, after mgc_init.
  (func $init (export "init")
    (call $define_node)
    (global.set $node_slot (call $mgc_alloc_slot (global.get $node_type)))
    (global.set $node_slot_bytes (call $mgc_roundup (global.get $node_bytes)))
    (global.set $mutator (call $mgc_mutator))
    (global.set $card_table (i32.load (i32.add (global.get $cards_address) (global.get $cards_base))))
    (global.set $card_mask (i32.load (i32.add (global.get $cards_address) (global.get $cards_mask)))))

  ;; ---- What needs no call ----

  ;; Returns the address of the first of n > 0 slots, all null, which are roots until $pop_frame.
  (func $push_frame (param $n i32) (result i32)
    (local $top i32) (local $end i32) (local $slot i32)
    (local.set $top (i32.load (i32.add (global.get $mutator) (global.get $mutator_shadow_top))))
    (local.set $end (i32.add (local.get $top) (i32.shl (i32.add (local.get $n) (i32.const 1)) (i32.const 2))))
    (if (i32.gt_u (local.get $end) (i32.load (i32.add (global.get $mutator) (global.get $mutator_shadow_limit))))
      (then
        (drop (call $mgc_frame_push (local.get $n))) ;; refuses, and leaves SHADOW_STACK and its text
        (unreachable)))
    (i32.store (local.get $top) (local.get $n)) ;; the header
    (local.set $slot (local.get $top))
    (loop $next
      (local.set $slot (i32.add (local.get $slot) (i32.const 4)))
      (i32.store (local.get $slot) (i32.const 0))
      (br_if $next (i32.lt_u (i32.add (local.get $slot) (i32.const 4)) (local.get $end))))
    ;; This comes last: now the frame is whole.
    (i32.store (i32.add (global.get $mutator) (global.get $mutator_shadow_top)) (local.get $end))
    (i32.add (local.get $top) (i32.const 4)))

  (func $pop_frame (param $slots i32)
    (i32.store
      (i32.add (global.get $mutator) (global.get $mutator_shadow_top))
      (i32.sub (local.get $slots) (i32.const 4))))

  ;; Returns a zeroed node. May collect: what the caller needs afterwards is in a root. Nothing roots the result yet.
  (func $new_node (result i32)
    (local $cursor i32) (local $end i32)
    (local.set $cursor (i32.load (i32.add (global.get $node_slot) (global.get $alloc_slot_cursor))))
    (local.set $end (i32.add (local.get $cursor) (global.get $node_slot_bytes)))
    (if (i32.le_u (local.get $end) (i32.load (i32.add (global.get $node_slot) (global.get $alloc_slot_limit))))
      (then
        (i32.store (i32.add (global.get $node_slot) (global.get $alloc_slot_cursor)) (local.get $end))
        (return (local.get $cursor))))
    (local.set $cursor (call $mgc_new (global.get $node_type)))
    (if (i32.eqz (local.get $cursor)) (then (unreachable))) ;; out of memory: a real program would unwind
    (local.get $cursor))

  ;; Does *address = value, inside a heap object.
  (func $store_ref (param $address i32) (param $value i32)
    (i32.store (local.get $address) (local.get $value))
    (i32.store8
      (i32.add
        (global.get $card_table)
        (i32.and (i32.shr_u (local.get $address) (global.get $card_shift)) (global.get $card_mask)))
      (i32.const 1)))

  ;; ---- The program ----

  ;; Leaves the list n, n-1, … 1 in the root at $head.
  (func $build (param $head i32) (param $n i32)
    (local $i i32) (local $node i32)
    (i32.store (local.get $head) (i32.const 0))
    (loop $next
      (if (i32.lt_u (local.get $i) (local.get $n))
        (then
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (local.set $node (call $new_node))
          ;; These are initialising stores: the node is new, and nothing that may collect lies between. They need no
          ;; barrier.
          (i32.store (i32.add (local.get $node) (global.get $node_value)) (local.get $i))
          (i32.store (i32.add (local.get $node) (global.get $node_next)) (i32.load (local.get $head)))
          ;; A slot of a frame is a root, not a heap object, so it needs no barrier.
          (i32.store (local.get $head) (local.get $node))
          (br $next)))))

  ;; Turns the list at $head round, in place. Nothing here may collect, so plain locals hold nodes.
  (func $reverse (param $head i32)
    (local $node i32) (local $done i32) (local $rest i32)
    (local.set $node (i32.load (local.get $head)))
    (loop $next
      (if (local.get $node)
        (then
          (local.set $rest (i32.load (i32.add (local.get $node) (global.get $node_next))))
          (call $store_ref (i32.add (local.get $node) (global.get $node_next)) (local.get $done))
          (local.set $done (local.get $node))
          (local.set $node (local.get $rest))
          (br $next))))
    (i32.store (local.get $head) (local.get $done)))

  ;; Returns 1 * first + 2 * second + …, so that the order counts.
  (func $checksum (param $head i32) (result i64)
    (local $node i32) (local $place i64) (local $sum i64)
    (local.set $node (i32.load (local.get $head)))
    (loop $next
      (if (local.get $node)
        (then
          (local.set $place (i64.add (local.get $place) (i64.const 1)))
          (local.set $sum
            (i64.add
              (local.get $sum)
              (i64.mul (local.get $place) (i64.load32_u (i32.add (local.get $node) (global.get $node_value))))))
          (local.set $node (i32.load (i32.add (local.get $node) (global.get $node_next))))
          (br $next))))
    (local.get $sum))

  ;; Keeps one list of n nodes and drops another, collects, and returns the checksum of the list that was kept: 1*1 +
  ;; 2*2 + … + n*n.
  (func $run (export "run") (param $n i32) (result i64)
    (local $frame i32) (local $sum i64)
    (local.set $frame (call $push_frame (i32.const 2)))
    (call $build (local.get $frame) (local.get $n))
    (call $build (i32.add (local.get $frame) (i32.const 4)) (local.get $n))
    (call $reverse (local.get $frame))
    (i32.store (i32.add (local.get $frame) (i32.const 4)) (i32.const 0))
    (if (call $mgc_collect) (then (unreachable)))
    (local.set $sum (call $checksum (local.get $frame)))
    (call $pop_frame (local.get $frame))
    (local.get $sum))
)
