// This file has trees and gcbench.

package main

import "math"

type tree struct{ left, right *tree }

func build(depth int) *tree {
	if depth == 0 {
		return &tree{}
	}
	return &tree{build(depth - 1), build(depth - 1)}
}

func (t *tree) count() int {
	if t.left == nil {
		return 1
	}
	return 1 + t.left.count() + t.right.count()
}

type trees struct {
	most, depth, done, phase, sum int
	longLived                     *tree
}

func (w *trees) step() bool {
	switch {
	case w.phase == 0:
		w.sum += build(w.most + 1).count()
		w.phase = 1
	case w.phase == 1:
		w.longLived = build(w.most)
		w.phase = 2
	case w.depth > w.most:
		w.sum += w.longLived.count()
		return false
	default:
		w.shortLived()
	}
	return true
}

func (w *trees) shortLived() {
	trees := 1 << (w.most - w.depth + 4)
	for nodes := 0; nodes < nodesOfAStep && w.done < trees; nodes += 2 << w.depth {
		w.sum += build(w.depth).count()
		w.done++
	}
	if w.done == trees {
		w.done = 0
		w.depth += 2
	}
}

func (w *trees) checksum() float64   { return float64(w.sum) }
func (w *trees) operations() float64 { return float64(w.sum) }

type benchNode struct {
	left, right *benchNode
	i, j        int32
}

func bottomUp(depth int) *benchNode {
	if depth == 0 {
		return &benchNode{}
	}
	return &benchNode{left: bottomUp(depth - 1), right: bottomUp(depth - 1)}
}

func (n *benchNode) populate(depth int) {
	if depth == 0 {
		return
	}
	n.left, n.right = &benchNode{}, &benchNode{}
	n.left.populate(depth - 1)
	n.right.populate(depth - 1)
}

func topDown(depth int) *benchNode {
	root := &benchNode{}
	root.populate(depth)
	return root
}

func (n *benchNode) count() int {
	if n == nil {
		return 0
	}
	return 1 + n.left.count() + n.right.count()
}

func sizeOf(depth int) int { return 2<<depth - 1 }

const (
	stretchDepth   = 18
	longLivedDepth = 16
	mostDepth      = 16
	arrayLength    = 500000
)

type gcbench struct {
	most, depth, done, phase, nodes int
	tree                            *benchNode
	array                           []float64
	last                            *benchNode
}

func newGcbench(most int) *gcbench {
	if most == 0 {
		most = mostDepth
	}
	return &gcbench{most: most, depth: 4}
}

func (w *gcbench) step() bool {
	switch {
	case w.phase == 0:
		w.last = bottomUp(stretchDepth)
		w.phase = 1
	case w.phase == 1:
		w.last = nil
		w.tree = topDown(longLivedDepth)
		w.array = make([]float64, arrayLength)
		for i := 0; i < arrayLength/2; i++ {
			w.array[i] = 1 / float64(i+1)
		}
		w.phase = 2
	case w.depth > w.most:
		return false
	default:
		w.shortLived()
	}
	return true
}

func (w *gcbench) shortLived() {
	size := sizeOf(w.depth)
	trees := 2 * sizeOf(stretchDepth) / size
	for made := 0; made < nodesOfAStep && w.done < 2*trees; made += size {
		if w.done < trees {
			w.last = topDown(w.depth)
		} else {
			w.last = bottomUp(w.depth)
		}
		w.done++
		w.nodes += size
	}
	w.last = nil
	if w.done == 2*trees {
		w.done = 0
		w.depth += 2
	}
}

func (w *gcbench) checksum() float64 {
	return float64(w.tree.count()) + math.Floor(1/w.array[999])
}
func (w *gcbench) operations() float64 { return float64(w.nodes) }
