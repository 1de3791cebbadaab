// These workloads are one loop each: churn (and pause), strings, drop.

package main

type churnNode struct {
	link, other *churnNode
	id, value   uint32
}

type churn struct {
	random       random
	table        []*churnNode
	serial, mask uint32
	done, count  int
}

func newChurn(k, count int) *churn {
	w := &churn{random: seed, table: make([]*churnNode, 1<<k), mask: 1<<k - 1, count: count}
	for i := 0; i < len(w.table); i += batch {
		w.fill(w.table[i:smaller(i+batch, len(w.table))])
	}
	return w
}

func (w *churn) fill(part []*churnNode) {
	for i := range part {
		part[i] = w.make()
	}
}

func (w *churn) make() *churnNode {
	node := &churnNode{id: w.serial, value: w.random.next()}
	w.serial++
	return node
}

func (w *churn) step() bool {
	for end := smaller(w.done+batch, w.count); w.done < end; w.done++ {
		i := w.random.next() & w.mask
		j := w.random.next() & w.mask
		node, old := w.make(), w.table[j]
		old.link = nil
		node.link = old
		w.table[i] = node
	}
	return w.done < w.count
}

func (w *churn) checksum() float64 {
	sum := uint32(0)
	for _, node := range w.table {
		sum += node.id + node.value
		if node.link != nil {
			sum += 3 * node.link.id
		}
	}
	return float64(sum)
}
func (w *churn) operations() float64 { return float64(w.count) }

const ringLength = 100000

type texts struct {
	random             random
	ring               [][]byte
	place, done, count int
	sum                uint32
}

func (w *texts) step() bool {
	for end := smaller(w.done+batch, w.count); w.done < end; w.done++ {
		x := w.random.next()
		length := 8 + (x >> 8 * 57 >> 24)
		if old := w.ring[w.place]; old != nil {
			sum := uint32(old[0]) + uint32(old[len(old)-1])
			w.sum += sum
		}
		bytes := make([]byte, length)
		bytes[0] = byte(length)
		bytes[length-1] = byte(x)
		w.ring[w.place] = bytes
		if w.place++; w.place == ringLength {
			w.place = 0
		}
	}
	return w.done < w.count
}

func (w *texts) checksum() float64   { return float64(w.sum) }
func (w *texts) operations() float64 { return float64(w.count) }

type drop16 struct {
	first, second *drop16
	rest          [2]int32
}
type drop32 struct {
	first, second *drop32
	rest          [6]int32
}
type drop64 struct {
	first, second *drop64
	rest          [14]int32
}

// Each object is stored here, so that the compiler cannot keep it on the stack.
var (
	last16 *drop16
	last32 *drop32
	last64 *drop64
)

type drop struct{ bytes, done, count int }

func (w *drop) step() bool {
	n := smaller(batch, w.count-w.done)
	switch w.bytes {
	case 16:
		for i := 0; i < n; i++ {
			last16 = &drop16{}
		}
	case 32:
		for i := 0; i < n; i++ {
			last32 = &drop32{}
		}
	default:
		for i := 0; i < n; i++ {
			last64 = &drop64{}
		}
	}
	w.done += n
	return w.done < w.count
}

func (w *drop) checksum() float64   { return float64(w.done) }
func (w *drop) operations() float64 { return float64(w.count) }
