package main

import "syscall/js"

// bench/peers/go.mjs gives these: it can see the module's memory and Node's clock of the processor.
func memoryBytes() float64 { return js.Global().Call("benchMemoryBytes").Float() }
func cpuMs() float64       { return js.Global().Call("benchCpuMs").Float() }
