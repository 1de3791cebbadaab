;; These are the workloads drop and trees as another compiler would emit them: a module that lives in the heap's memory
;; and keeps to docs/abi.md. Its pieces are those of docs/examples/list.wat. build.mjs folds the imports from "abi" to
;; constants, as a compiler for one ABI number does, and "choice.by_slot": 1 allocates from the slot, without a call; 0
;; calls mgc_new for each object.
;;
;; A step is some thousands of operations, because an engine cannot replace the code of a function that runs.
(module
  (import "env" "memory" (memory 1))

  (import "heap" "mgc_scratch" (func $mgc_scratch (param i32) (result i32)))
  (import "heap" "mgc_type_define" (func $mgc_type_define (param i32) (result i32)))
  (import "heap" "mgc_mutator" (func $mgc_mutator (result i32)))
  (import "heap" "mgc_alloc_slot" (func $mgc_alloc_slot (param i32) (result i32)))
  (import "heap" "mgc_roundup" (func $mgc_roundup (param i32) (result i32)))
  (import "heap" "mgc_new" (func $mgc_new (param i32) (result i32)))
  (import "heap" "mgc_frame_push" (func $mgc_frame_push (param i32) (result i32)))

  (import "choice" "by_slot" (global $by_slot i32))
  (import "choice" "node_bytes" (global $node_bytes i32))
  (import "abi" "sizeof.type_info" (global $sizeof_type_info i32))
  (import "abi" "type_info.size" (global $type_info_size i32))
  (import "abi" "type_info.tail" (global $type_info_tail i32))
  (import "abi" "type_info.pointers" (global $type_info_pointers i32))
  (import "abi" "words_info.mask" (global $words_info_mask i32))
  (import "abi" "tail.REPEAT" (global $tail_repeat i32))
  (import "abi" "mutator.shadow_top" (global $mutator_shadow_top i32))
  (import "abi" "mutator.shadow_limit" (global $mutator_shadow_limit i32))
  (import "abi" "alloc_slot.cursor" (global $alloc_slot_cursor i32))
  (import "abi" "alloc_slot.limit" (global $alloc_slot_limit i32))
  (import "abi" "cards.address" (global $cards_address i32))
  (import "abi" "cards.base" (global $cards_base i32))
  (import "abi" "cards.mask" (global $cards_mask i32))
  (import "abi" "card.shift" (global $card_shift i32))

  ;; struct Node { Node* left; Node* right; int32_t rest[…]; }
  (global $node_right i32 (i32.const 4))
  (global $node_mask i32 (i32.const 3)) ;; words 0 and 1 are pointers

  (global $node_type (mut i32) (i32.const 0))
  (global $node_slot (mut i32) (i32.const 0))
  (global $node_slot_bytes (mut i32) (i32.const 0))
  (global $mutator (mut i32) (i32.const 0))
  (global $card_table (mut i32) (i32.const 0))
  (global $card_mask (mut i32) (i32.const 0))

  ;; This is to be called once, after mgc_init.
  (func (export "init")
    (local $info i32)
    (local.set $info (call $mgc_scratch (i32.const 512)))
    (if (i32.eqz (local.get $info)) (then (unreachable)))
    (memory.fill (local.get $info) (i32.const 0) (i32.const 512))
    (i32.store (i32.add (local.get $info) (global.get $sizeof_type_info)) (global.get $node_mask))
    (i32.store (i32.add (local.get $info) (global.get $type_info_size)) (global.get $node_bytes))
    (i32.store (i32.add (local.get $info) (global.get $type_info_tail)) (global.get $tail_repeat))
    (i32.store
      (i32.add (i32.add (local.get $info) (global.get $type_info_pointers)) (global.get $words_info_mask))
      (i32.add (local.get $info) (global.get $sizeof_type_info)))
    (global.set $node_type (call $mgc_type_define (local.get $info)))
    (if (i32.eqz (global.get $node_type)) (then (unreachable)))
    (global.set $node_slot (call $mgc_alloc_slot (global.get $node_type)))
    (global.set $node_slot_bytes (call $mgc_roundup (global.get $node_bytes)))
    (global.set $mutator (call $mgc_mutator))
    (global.set $card_table (i32.load (i32.add (global.get $cards_address) (global.get $cards_base))))
    (global.set $card_mask (i32.load (i32.add (global.get $cards_address) (global.get $cards_mask)))))

  ;; This is the allocation slot, for a measurement of the inlined path alone.
  (func (export "node_slot") (result i32) (global.get $node_slot))

  ;; Returns the address of the one slot, null, of a new frame: it is a root until $pop_frame.
  (func $push_frame (result i32)
    (local $top i32)
    (local.set $top (i32.load (i32.add (global.get $mutator) (global.get $mutator_shadow_top))))
    (if (i32.gt_u
          (i32.add (local.get $top) (i32.const 8))
          (i32.load (i32.add (global.get $mutator) (global.get $mutator_shadow_limit))))
      (then
        (drop (call $mgc_frame_push (i32.const 1))) ;; refuses, and leaves SHADOW_STACK and its text
        (unreachable)))
    (i32.store (local.get $top) (i32.const 1)) ;; the header
    (i32.store offset=4 (local.get $top) (i32.const 0))
    (i32.store (i32.add (global.get $mutator) (global.get $mutator_shadow_top)) (i32.add (local.get $top) (i32.const 8)))
    (i32.add (local.get $top) (i32.const 4)))

  (func $pop_frame (param $slot i32)
    (i32.store (i32.add (global.get $mutator) (global.get $mutator_shadow_top)) (i32.sub (local.get $slot) (i32.const 4))))

  ;; Returns a zeroed node. May collect.
  (func $new_node (result i32)
    (local $cursor i32) (local $end i32)
    (if (global.get $by_slot)
      (then
        (local.set $cursor (i32.load (i32.add (global.get $node_slot) (global.get $alloc_slot_cursor))))
        (local.set $end (i32.add (local.get $cursor) (global.get $node_slot_bytes)))
        (if (i32.le_u (local.get $end) (i32.load (i32.add (global.get $node_slot) (global.get $alloc_slot_limit))))
          (then
            (i32.store (i32.add (global.get $node_slot) (global.get $alloc_slot_cursor)) (local.get $end))
            (return (local.get $cursor))))))
    (local.set $cursor (call $mgc_new (global.get $node_type)))
    (if (i32.eqz (local.get $cursor)) (then (unreachable)))
    (local.get $cursor))

  ;; Does *address = value, inside a heap object.
  (func $store_ref (param $address i32) (param $value i32)
    (i32.store (local.get $address) (local.get $value))
    (i32.store8
      (i32.add
        (global.get $card_table)
        (i32.and (i32.shr_u (local.get $address) (global.get $card_shift)) (global.get $card_mask)))
      (i32.const 1)))

  ;; drop makes n nodes, each of which is forgotten for the next one. It returns how many there were.
  (func (export "drop") (param $n i32) (result i32)
    (local $slot i32) (local $made i32)
    (local.set $slot (call $push_frame))
    (loop $next
      (i32.store (local.get $slot) (call $new_node))
      (local.set $made (i32.add (local.get $made) (i32.ne (i32.load (local.get $slot)) (i32.const 0))))
      (br_if $next (i32.lt_u (local.get $made) (local.get $n))))
    (call $pop_frame (local.get $slot))
    (local.get $made))

  ;; This is drop with the window in locals: between two calls nothing else moves the cursor. It is stored before each
  ;; call, and at the end.
  (func (export "drop_held") (param $n i32) (result i32)
    (local $slot i32) (local $made i32) (local $cursor i32) (local $end i32) (local $limit i32)
    (local.set $slot (call $push_frame))
    (loop $window
      (local.set $cursor (i32.load (i32.add (global.get $node_slot) (global.get $alloc_slot_cursor))))
      (local.set $limit (i32.load (i32.add (global.get $node_slot) (global.get $alloc_slot_limit))))
      (block $used_up
        (loop $next
          (local.set $end (i32.add (local.get $cursor) (global.get $node_slot_bytes)))
          (br_if $used_up (i32.gt_u (local.get $end) (local.get $limit)))
          (i32.store (local.get $slot) (local.get $cursor))
          (local.set $cursor (local.get $end))
          (local.set $made (i32.add (local.get $made) (i32.ne (i32.load (local.get $slot)) (i32.const 0))))
          (br_if $next (i32.lt_u (local.get $made) (local.get $n)))))
      (i32.store (i32.add (global.get $node_slot) (global.get $alloc_slot_cursor)) (local.get $cursor))
      (if (i32.lt_u (local.get $made) (local.get $n))
        (then
          (i32.store (local.get $slot) (call $new_node))
          (local.set $made (i32.add (local.get $made) (i32.const 1)))
          (br_if $window (i32.lt_u (local.get $made) (local.get $n))))))
    (call $pop_frame (local.get $slot))
    (local.get $made))

  ;; Returns a tree of some depth, which nothing roots yet.
  (func $build (param $depth i32) (result i32)
    (local $slot i32) (local $child i32)
    (local.set $slot (call $push_frame))
    (i32.store (local.get $slot) (call $new_node))
    (if (local.get $depth)
      (then
        (local.set $child (call $build (i32.sub (local.get $depth) (i32.const 1))))
        (call $store_ref (i32.load (local.get $slot)) (local.get $child))
        (local.set $child (call $build (i32.sub (local.get $depth) (i32.const 1))))
        (call $store_ref (i32.add (i32.load (local.get $slot)) (global.get $node_right)) (local.get $child))))
    (call $pop_frame (local.get $slot))
    (i32.load (local.get $slot))) ;; nothing was written there since

  (func $count (param $node i32) (result i32)
    (if (result i32) (i32.load (local.get $node))
      (then
        (i32.add
          (i32.const 1)
          (i32.add
            (call $count (i32.load (local.get $node)))
            (call $count (i32.load (i32.add (local.get $node) (global.get $node_right)))))))
      (else (i32.const 1))))

  ;; trees builds, counts and forgets `trees` trees. It returns the sum of the counts.
  (func (export "trees") (param $trees i32) (param $depth i32) (result i32)
    (local $sum i32)
    (loop $next
      (local.set $sum (i32.add (local.get $sum) (call $count (call $build (local.get $depth)))))
      (local.set $trees (i32.sub (local.get $trees) (i32.const 1)))
      (br_if $next (local.get $trees)))
    (local.get $sum))

  ;; Makes a tree for `count_kept`, in a frame that stays.
  (func (export "keep") (param $depth i32) (result i32)
    (local $slot i32)
    (local.set $slot (call $push_frame))
    (i32.store (local.get $slot) (call $build (local.get $depth)))
    (local.get $slot))

  (func (export "count_kept") (param $slot i32) (result i32)
    (call $count (i32.load (local.get $slot))))
)
