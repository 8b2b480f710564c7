// Reads a kdump by volint's own reader, as theirs.c does by libkdumpfile:
//
//	ours DUMP sum                        the CRC of all memory
//	ours DUMP PATTERN SIZE READERS PROCS nanoseconds for each byte: processor, clock
//
// PATTERN is "sequential" or "random". READERS share the work, on PROCS processors.
package main

import (
	"fmt"
	"hash/crc32"
	"os"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/volint/volint/memaccess"
	"github.com/volint/volint/memaccess/source"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	memory, err := source.Open(args[0], "kdump")
	if err != nil {
		return err
	}
	defer memory.Close()
	if args[1] == "sum" {
		return sum(memory)
	}
	size, err := strconv.ParseInt(args[2], 10, 64)
	if err != nil {
		return err
	}
	readers, err := strconv.Atoi(args[3])
	if err != nil {
		return err
	}
	processors, err := strconv.Atoi(args[4])
	if err != nil {
		return err
	}
	runtime.GOMAXPROCS(processors)
	length := int64(memory.Runs()[0].Length)
	processor, clock := used(), time.Now()
	if err := share(memory, length, size, args[1], readers); err != nil {
		return err
	}
	fmt.Println(float64(used()-processor)/float64(length), float64(time.Since(clock))/float64(length))
	return nil
}

func sum(memory memaccess.Source) error {
	buffer := make([]byte, memory.Runs()[0].Length)
	if _, err := memory.ReadAt(buffer, 0); err != nil {
		return err
	}
	fmt.Println(crc32.ChecksumIEEE(buffer))
	return nil
}

// share has several readers read a part of the memory each.
func share(memory memaccess.Source, length, size int64, pattern string, readers int) error {
	errs := make([]error, readers)
	var all sync.WaitGroup
	for i := range errs {
		all.Add(1)
		go func() {
			defer all.Done()
			errs[i] = read(memory, length, size, pattern, int64(i), int64(readers))
		}()
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// read reads the part-th of so many parts of the memory.
func read(memory memaccess.Source, length, size int64, pattern string, part, parts int64) error {
	buffer := make([]byte, size)
	pieces := length / size
	state := uint64(part) + 1
	for i := pieces * part / parts; i < pieces*(part+1)/parts; i++ {
		at := i
		if pattern == "random" {
			state ^= state << 13
			state ^= state >> 7
			state ^= state << 17
			at = int64(state % uint64(pieces))
		}
		if _, err := memory.ReadAt(buffer, at*size); err != nil {
			return err
		}
	}
	return nil
}

// used is the processor's time that this process took.
func used() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
