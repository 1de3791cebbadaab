// This is the peer Go, natively and as js/wasm: main WORKLOAD WARM SIZES takes the sizes as numbers with commas. One
// run of it prints one line of JSON, in the form that bench/measure.mjs gives. The collector has its default settings.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"sort"
	"strconv"
	"strings"
	"time"
)

const (
	batch        = 1000
	nodesOfAStep = 16384
)

// A workload is stepped in batches until it is done; a step says whether there are more.
type workload interface {
	step() bool
	checksum() float64
	operations() float64
}

// This is xorshift32 with the shifts and the seed that every peer uses.
type random uint32

const seed random = 2463534242

func (r *random) next() uint32 {
	x := uint32(*r)
	x ^= x << 13
	x ^= x >> 17
	x ^= x << 5
	*r = random(x)
	return x
}

// Returns a number from 0 to n - 1, near enough to even.
func (r *random) below(n uint32) uint32 { return uint32(uint64(r.next()) * uint64(n) >> 32) }

func smaller(a, b int) int {
	if a < b {
		return a
	}
	return b
}

func begin(name string, sizes [2]int) workload {
	switch name {
	case "trees":
		return &trees{most: sizes[0], depth: 4}
	case "gcbench":
		return newGcbench(sizes[0])
	case "churn", "pause":
		return newChurn(sizes[0], sizes[1])
	case "strings":
		return &texts{random: seed, ring: make([][]byte, ringLength), count: sizes[0]}
	case "drop":
		return &drop{bytes: sizes[0], count: sizes[1]}
	case "mark", "list":
		return newMark(sizes[0], name == "mark")
	case "steady":
		return newSteady(sizes[0], sizes[1])
	}
	fmt.Fprintln(os.Stderr, "no such workload:", name)
	os.Exit(2)
	return nil
}

func parse(text string) (sizes [2]int) {
	for i, number := range strings.Split(text, ",") {
		if i < len(sizes) {
			sizes[i], _ = strconv.Atoi(number)
		}
	}
	return sizes
}

type stepTimes struct {
	P50  float64 `json:"p50"`
	P90  float64 `json:"p90"`
	P99  float64 `json:"p99"`
	P999 float64 `json:"p999"`
	Max  float64 `json:"max"`
}

type result struct {
	Workload    string    `json:"workload"`
	Ms          float64   `json:"ms"`
	CPUMs       float64   `json:"cpu_ms"`
	NsPerOp     float64   `json:"ns_per_op"`
	Checksum    float64   `json:"checksum"`
	MemoryBytes float64   `json:"memory_bytes"`
	StepMs      stepTimes `json:"step_ms"`
	Collections uint32    `json:"collections"`
}

func collections() uint32 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.NumGC
}

func measure(name string, w workload) result {
	milliseconds := func(span time.Duration) float64 { return float64(span) / 1e6 }
	var steps []float64
	cycles, cpu, start := collections(), cpuMs(), time.Now()
	before := start
	for more := true; more; {
		more = w.step()
		after := time.Now()
		steps = append(steps, milliseconds(after.Sub(before)))
		before = after
	}
	ms := milliseconds(before.Sub(start))
	cpu, cycles = cpuMs()-cpu, collections()-cycles
	sort.Float64s(steps)
	at := func(q float64) float64 { return steps[smaller(len(steps)-1, int(q*float64(len(steps))))] }
	return result{
		name, ms, cpu, ms * 1e6 / w.operations(), w.checksum(), memoryBytes(),
		stepTimes{at(0.5), at(0.9), at(0.99), at(0.999), steps[len(steps)-1]}, cycles,
	}
}

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: main WORKLOAD WARM SIZES")
		os.Exit(2)
	}
	name := os.Args[1]
	if os.Args[2] != "" {
		for warm := begin(name, parse(os.Args[2])); warm.step(); {
		}
	}
	// What the warm-up left must not be collected later.
	runtime.GC()
	line, err := json.Marshal(measure(name, begin(name, parse(os.Args[3]))))
	if err != nil {
		panic(err)
	}
	fmt.Println(string(line))
}
