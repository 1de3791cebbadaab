// mark, list and steady have a graph of nodes in random order, on one cycle by their left pointers.

package main

import "runtime"

type node struct{ left, right *node }

func makeSome(part []*node) {
	for i := range part {
		part[i] = &node{}
	}
}

// This is the shuffle of Fisher and Yates, from the top down to `to`.
func shuffleSome(table []*node, from, to int, r *random) {
	for i := from; i > to; i-- {
		j := r.below(uint32(i + 1))
		table[i], table[j] = table[j], table[i]
	}
}

func linkSome(table []*node, from, to int, randomly bool, r *random) {
	count := len(table)
	for i := from; i < to; i++ {
		behind := i + 1
		if behind == count {
			behind = 0
		}
		table[i].left = table[behind]
		if randomly {
			table[i].right = table[r.below(uint32(count))]
		}
	}
}

func buildGraph(count int, randomly bool) *node {
	r := seed
	table := make([]*node, count)
	for i := 0; i < count; i += batch {
		makeSome(table[i:smaller(i+batch, count)])
	}
	for i := count - 1; i > 0; {
		to := i - smaller(i, batch)
		shuffleSome(table, i, to, &r)
		i = to
	}
	for i := 0; i < count; i += batch {
		linkSome(table, i, smaller(i+batch, count), randomly, &r)
	}
	return table[0]
}

const collectionsOfMark = 2

type mark struct {
	start       *node
	count, done int
}

func newMark(count int, randomly bool) *mark {
	w := &mark{start: buildGraph(count, randomly), count: count}
	runtime.GC()
	return w
}

func (w *mark) step() bool {
	runtime.GC()
	w.done++
	return w.done < collectionsOfMark
}

func (w *mark) checksum() float64 {
	hops := 1
	for n := w.start.left; n != w.start; n = n.left {
		hops++
	}
	return float64(hops)
}
func (w *mark) operations() float64 { return collectionsOfMark * float64(w.count) }

type short struct {
	first, second  *short
	number, unused uint32
}

// Each object is stored here, so that the compiler cannot keep it on the stack.
var lastShort *short

type steady struct {
	graph              *node
	ring               []*short
	done, count, place int
}

func newSteady(live, count int) *steady {
	w := &steady{graph: buildGraph(live, true), ring: make([]*short, ringLength), count: count}
	runtime.GC()
	return w
}

func (w *steady) step() bool {
	for end := smaller(w.done+batch, w.count); w.done < end; w.done++ {
		lastShort = &short{number: uint32(w.done)}
		if w.done%64 != 0 {
			continue
		}
		w.ring[w.place] = lastShort
		if w.place++; w.place == ringLength {
			w.place = 0
		}
	}
	return w.done < w.count
}

func (w *steady) checksum() float64 {
	oldest := w.ring[w.place]
	if oldest == nil {
		oldest = w.ring[0]
	}
	return float64(oldest.number)
}
func (w *steady) operations() float64 { return float64(w.count) }
