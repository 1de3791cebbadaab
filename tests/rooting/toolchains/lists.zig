// Only locals hold these lists, trees and pairs, as in lists.c: they lose objects when locals are no roots. Each test
// gives a number that does not depend on collections.

extern "heap" fn mgc_new(kind: u32) *Node;
extern "heap" fn mgc_malloc(bytes: u32, kind: u32, flags: u32) [*]?*Node;

const Node = extern struct { left: ?*Node, right: ?*Node, value: u32, check: u32 };

// The test has defined these types: two pointers and a number; words that may all be pointers.
var node_type: u32 = 0;
var words_type: u32 = 0;
var fuel: u32 = 0; // for a list that became a circle: a program that goes on for ever traps

export fn setup(node: u32, words: u32, _: u32) void {
    node_type = node;
    words_type = words;
    fuel = 4_000_000;
}

fn make(left: ?*Node, right: ?*Node, value: u32) *Node {
    const node = mgc_new(node_type);
    node.* = .{ .left = left, .right = right, .value = value, .check = ~value };
    return node;
}

// A value that came from a freed or overwritten object traps.
fn valueOf(node: *const Node) u32 {
    fuel -%= 1;
    if (node.check != ~node.value or fuel == 0) @trap();
    return node.value;
}

noinline fn churn(n: u32) void {
    for (0..n) |i| _ = make(null, null, i);
}

fn hash(list: ?*const Node) u32 {
    var sum: u32 = 0;
    var at = list;
    while (at) |node| : (at = node.left) sum = sum *% 31 +% valueOf(node);
    return sum;
}

export fn test_list(n: u32) u32 {
    var list: ?*Node = null;
    for (1..n + 1) |i| list = make(list, null, i);
    return hash(list);
}

noinline fn tree(depth: u32) *Node {
    if (depth == 0) return make(null, null, 1);
    return make(tree(depth - 1), tree(depth - 1), depth);
}

noinline fn weigh(node: ?*const Node) u32 {
    const one = node orelse return 0;
    return valueOf(one) +% 3 *% weigh(one.left) +% 5 *% weigh(one.right);
}

export fn test_tree(n: u32) u32 {
    const kept = tree(n);
    var sum: u32 = 0;
    for (0..3) |i| sum +%= weigh(tree(n / 2 + i));
    return sum +% weigh(kept);
}

// f(alloc(), alloc()): the first result waits on the engine's stack.
noinline fn both(a: *const Node, b: *const Node) u32 {
    return valueOf(a) *% 1000 +% valueOf(b);
}

export fn test_operands(n: u32) u32 {
    var sum: u32 = 0;
    for (0..n) |i| sum = sum *% 7 +% both(make(null, null, i), make(null, null, i + 1));
    return sum;
}

// Structs of two pointers are moved across calls: two pointers are in one i64.
const Pair = extern struct { a: ?*Node, b: ?*Node };

noinline fn spend(from: *Pair, to: *Pair, n: u32) void {
    const copy = from.*;
    from.* = .{ .a = null, .b = null };
    churn(n);
    to.* = copy;
}

export fn test_pairs(n: u32) u32 {
    var to: Pair = .{ .a = null, .b = null };
    var sum: u32 = 0;
    for (0..n) |i| {
        var from: Pair = .{ .a = make(null, null, i), .b = null };
        from.b = make(from.a, null, i * 2);
        spend(&from, &to, 3);
        sum = sum *% 5 +% valueOf(to.a.?) +% valueOf(to.b.?);
    }
    return sum;
}

// Pointers are in an array on the linear stack, which other functions are given as a slice.
noinline fn fill(places: []?*Node) void {
    for (places, 0..) |*place, i| place.* = make(if (i == 0) null else places[i - 1], null, i);
}

export fn test_array(n: u32) u32 {
    var places = [_]?*Node{null} ** 16;
    var sum: u32 = 0;
    for (0..n) |_| {
        fill(&places);
        for (places) |each| sum = sum *% 3 +% valueOf(each.?);
    }
    return sum;
}

// A merge sort of a list, which makes new nodes.
noinline fn merge(a: ?*Node, b: ?*Node) ?*Node {
    const one = a orelse return b;
    const other = b orelse return a;
    if (valueOf(one) <= valueOf(other)) return make(merge(one.left, b), null, valueOf(one));
    return make(merge(a, other.left), null, valueOf(other));
}

noinline fn sort(list: ?*Node, n: u32) ?*Node {
    if (n < 2) return if (n == 0) null else make(null, null, valueOf(list.?));
    var middle = list;
    for (0..n / 2) |_| middle = middle.?.left;
    return merge(sort(list, n / 2), sort(middle, n - n / 2));
}

export fn test_sort(n: u32) u32 {
    var list: ?*Node = null;
    var x: u32 = 12345;
    for (0..n) |_| {
        x = x *% 1103515245 +% 12345;
        list = make(list, null, (x >> 16) & 1023);
    }
    return hash(sort(list, n));
}

// What a union holds is called through pointers to functions, which allocate.
const Shape = struct { value: u32, grow: *const fn (u32, ?*Node) *Node };

fn leaf(value: u32, on: ?*Node) *Node {
    return make(on, null, value);
}

fn fork(value: u32, on: ?*Node) *Node {
    const side = make(null, null, value);
    return make(on, make(side, null, value + 1), value + 2);
}

var shapes = [_]Shape{ .{ .value = 3, .grow = &leaf }, .{ .value = 5, .grow = &fork }, .{ .value = 7, .grow = &leaf } };

noinline fn grown(from: []const Shape, n: u32) ?*Node {
    var list: ?*Node = null;
    for (0..n) |i| {
        const shape = from[i % from.len];
        list = shape.grow(shape.value, list);
    }
    return list;
}

export fn test_shapes(n: u32) u32 {
    const one = grown(&shapes, n);
    const other = grown(shapes[1..], n);
    churn(3);
    return weigh(one) +% hash(other);
}

// A hash map with chains, in an object of words.
export fn test_map(n: u32) u32 {
    const table = mgc_malloc(4 * 64, words_type, 0)[0..64];
    for (0..n) |i| {
        const key = (@as(u32, i) *% 2654435761) >> 24;
        const bucket = &table[key & 63];
        var at = bucket.*;
        while (at) |node| : (at = node.left) if (valueOf(node) == key) break;
        if (at) |node| {
            node.right = make(node.right, null, i);
        } else {
            bucket.* = make(bucket.*, null, key);
        }
    }
    var sum: u32 = 0;
    for (table) |bucket| {
        sum = sum *% 31 +% hash(bucket);
        var at = bucket;
        while (at) |node| : (at = node.left) sum +%= hash(node.right);
    }
    return sum;
}
