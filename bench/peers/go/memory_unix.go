//go:build unix

package main

import (
	"fmt"
	"os"
	"strings"
	"syscall"
)

// Returns the largest resident size of this process. It is from /proc, because rusage also counts what the process was
// before it became this program.
func memoryBytes() float64 {
	status, _ := os.ReadFile("/proc/self/status")
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	kilobytes := 0.0
	fmt.Sscan(rest, &kilobytes)
	return kilobytes * 1024
}

func cpuMs() float64 {
	var usage syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &usage) != nil {
		return 0
	}
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e6
}
