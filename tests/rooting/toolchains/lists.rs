// Only locals hold these lists, trees and pairs, as in lists.c: they lose objects when locals are no roots. Each test
// gives a number that does not depend on collections.
#![no_std]

use core::ptr::null_mut;

#[link(wasm_import_module = "heap")]
extern "C" {
    fn mgc_new(kind: u32) -> *mut Node;
    fn mgc_malloc(bytes: u32, kind: u32, flags: u32) -> *mut Link;
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}

// The test has defined these types: two pointers and a number; words that may all be pointers.
static mut NODE: u32 = 0;
static mut WORDS: u32 = 0;
static mut FUEL: u32 = 0; // for a list that became a circle: a program that goes on for ever traps

type Link = *mut Node;

#[repr(C)]
struct Node {
    left: Link,
    right: Link,
    value: u32,
    check: u32,
}

#[no_mangle]
pub unsafe extern "C" fn setup(node: u32, words: u32, _by_slot: u32) {
    NODE = node;
    WORDS = words;
    FUEL = 4_000_000;
}

unsafe fn make(left: Link, right: Link, value: u32) -> Link {
    let node = mgc_new(NODE);
    *node = Node { left, right, value, check: !value };
    node
}

// A value that came from a freed or overwritten object traps.
unsafe fn value_of(node: Link) -> u32 {
    FUEL = FUEL.wrapping_sub(1);
    if (*node).check != !(*node).value || FUEL == 0 {
        core::arch::wasm32::unreachable();
    }
    (*node).value
}

#[inline(never)]
unsafe fn churn(n: u32) {
    for i in 0..n {
        make(null_mut(), null_mut(), i);
    }
}

// A borrow of the heap that ends with the list: an iterator as Rust has them.
struct Values(Link);

impl Iterator for Values {
    type Item = u32;
    fn next(&mut self) -> Option<u32> {
        unsafe {
            let node = self.0.as_ref()?;
            let value = value_of(self.0);
            self.0 = node.left;
            Some(value)
        }
    }
}

fn hash(list: Link) -> u32 {
    Values(list).fold(0, |sum: u32, value| sum.wrapping_mul(31).wrapping_add(value))
}

#[no_mangle]
pub unsafe extern "C" fn test_list(n: u32) -> u32 {
    let mut list = null_mut();
    for i in 1..=n {
        list = make(list, null_mut(), i);
    }
    hash(list)
}

#[inline(never)]
unsafe fn tree(depth: u32) -> Link {
    match depth {
        0 => make(null_mut(), null_mut(), 1),
        _ => make(tree(depth - 1), tree(depth - 1), depth),
    }
}

#[inline(never)]
unsafe fn weigh(node: Option<&Node>) -> u32 {
    node.map_or(0, |node| {
        let below = weigh(node.left.as_ref()).wrapping_mul(3).wrapping_add(weigh(node.right.as_ref()).wrapping_mul(5));
        value_of(node as *const Node as Link).wrapping_add(below)
    })
}

#[no_mangle]
pub unsafe extern "C" fn test_tree(n: u32) -> u32 {
    let kept = tree(n);
    let sum = (0..3).fold(0u32, |sum, i| sum.wrapping_add(weigh(tree(n / 2 + i).as_ref())));
    sum.wrapping_add(weigh(kept.as_ref()))
}

// f(alloc(), alloc()): the first result waits on the engine's stack.
#[inline(never)]
unsafe fn both(a: Link, b: Link) -> u32 {
    value_of(a).wrapping_mul(1000).wrapping_add(value_of(b))
}

#[no_mangle]
pub unsafe extern "C" fn test_operands(n: u32) -> u32 {
    (0..n).fold(0u32, |sum, i| {
        sum.wrapping_mul(7)
            .wrapping_add(both(make(null_mut(), null_mut(), i), make(null_mut(), null_mut(), i + 1)))
    })
}

// Structs of two pointers are moved across calls: two pointers are in one i64.
#[repr(C)]
#[derive(Clone, Copy)]
struct Pair {
    a: Link,
    b: Link,
}

#[inline(never)]
unsafe fn spend(from: &mut Pair, to: &mut Pair, n: u32) {
    let copy = *from;
    *from = Pair { a: null_mut(), b: null_mut() };
    churn(n);
    *to = copy;
}

#[no_mangle]
pub unsafe extern "C" fn test_pairs(n: u32) -> u32 {
    let mut to = Pair { a: null_mut(), b: null_mut() };
    let mut sum = 0u32;
    for i in 0..n {
        let mut from = Pair { a: make(null_mut(), null_mut(), i), b: null_mut() };
        from.b = make(from.a, null_mut(), i * 2);
        spend(&mut from, &mut to, 3);
        sum = sum.wrapping_mul(5).wrapping_add(value_of(to.a)).wrapping_add(value_of(to.b));
    }
    sum
}

// Pointers are in an array on the linear stack, which other functions are given as a slice.
#[inline(never)]
unsafe fn fill(places: &mut [Link]) {
    for i in 0..places.len() {
        places[i] = make(if i == 0 { null_mut() } else { places[i - 1] }, null_mut(), i as u32);
    }
}

#[no_mangle]
pub unsafe extern "C" fn test_array(n: u32) -> u32 {
    let mut places = [null_mut(); 16];
    let mut sum = 0u32;
    for _ in 0..n {
        fill(&mut places);
        for &each in places.iter() {
            sum = sum.wrapping_mul(3).wrapping_add(value_of(each));
        }
    }
    sum
}

// A merge sort of a list, which makes new nodes.
#[inline(never)]
unsafe fn merge(a: Link, b: Link) -> Link {
    match (a.as_ref(), b.as_ref()) {
        (None, _) => b,
        (_, None) => a,
        (Some(one), _) if value_of(a) <= value_of(b) => make(merge(one.left, b), null_mut(), value_of(a)),
        (_, Some(other)) => make(merge(a, other.left), null_mut(), value_of(b)),
    }
}

#[inline(never)]
unsafe fn sort(list: Link, n: u32) -> Link {
    if n < 2 {
        return if n == 0 { null_mut() } else { make(null_mut(), null_mut(), value_of(list)) };
    }
    let middle = (0..n / 2).fold(list, |at, _| (*at).left);
    merge(sort(list, n / 2), sort(middle, n - n / 2))
}

#[no_mangle]
pub unsafe extern "C" fn test_sort(n: u32) -> u32 {
    let mut list = null_mut();
    let mut x = 12345u32;
    for _ in 0..n {
        x = x.wrapping_mul(1103515245).wrapping_add(12345);
        list = make(list, null_mut(), (x >> 16) & 1023);
    }
    hash(sort(list, n))
}

// Objects of a trait are called through a table, and allocate there.
trait Shape {
    unsafe fn grow(&self, on: Link) -> Link;
}
struct Leaf(u32);
struct Fork(u32);

impl Shape for Leaf {
    unsafe fn grow(&self, on: Link) -> Link {
        make(on, null_mut(), self.0)
    }
}
impl Shape for Fork {
    unsafe fn grow(&self, on: Link) -> Link {
        let side = make(null_mut(), null_mut(), self.0);
        make(on, make(side, null_mut(), self.0 + 1), self.0 + 2)
    }
}

#[inline(never)]
unsafe fn grown(shapes: &[&dyn Shape], n: u32) -> Link {
    (0..n).fold(null_mut(), |list, i| shapes[i as usize % shapes.len()].grow(list))
}

#[no_mangle]
pub unsafe extern "C" fn test_shapes(n: u32) -> u32 {
    let shapes: [&dyn Shape; 3] = [&Leaf(3), &Fork(5), &Leaf(7)];
    let (one, other) = (grown(&shapes, n), grown(&shapes[1..], n));
    churn(3);
    weigh(one.as_ref()).wrapping_add(hash(other))
}

// A hash map with chains, in an object of words.
#[no_mangle]
pub unsafe extern "C" fn test_map(n: u32) -> u32 {
    let table = core::slice::from_raw_parts_mut(mgc_malloc(4 * 64, WORDS, 0), 64);
    for i in 0..n {
        let key = i.wrapping_mul(2654435761) >> 24;
        let bucket = (key & 63) as usize;
        let mut at = table[bucket];
        while !at.is_null() && value_of(at) != key {
            at = (*at).left;
        }
        if at.is_null() {
            table[bucket] = make(table[bucket], null_mut(), key);
        } else {
            (*at).right = make((*at).right, null_mut(), i);
        }
    }
    table.iter().fold(0, |sum: u32, &bucket| {
        let mut sum = sum.wrapping_mul(31).wrapping_add(hash(bucket));
        let mut at = bucket;
        while let Some(node) = at.as_ref() {
            sum = sum.wrapping_add(hash(node.right));
            at = node.left;
        }
        sum
    })
}
