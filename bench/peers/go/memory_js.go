package main

import "syscall/js"

// From bench/peers/go.mjs, which can see the module's memory and Node's clock of the processor.
func memoryBytes() float64 { return js.Global().Call("benchMemoryBytes").Float() }
func cpuMs() float64       { return js.Global().Call("benchCpuMs").Float() }
