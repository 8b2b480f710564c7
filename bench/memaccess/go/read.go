package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/volint/volint/memaccess"
)

const (
	// ranges is how many reads a vectored one has.
	ranges = 64
	// turn is how long a server is read from before it is another's turn.
	turn = 10 * time.Millisecond
	page = 4096
)

// target is a server and a way to read from it.
type target struct {
	name, way string
	memory    memaccess.Source
	size      uint64 // of its memory, which begins at 0
	seed      uint64
	buffer    []byte
}

// sample is a line of what read prints.
type sample struct {
	Name string  `json:"name"`
	Size int     `json:"size"` // bytes of a read
	Ns   float64 `json:"ns"`   // nanoseconds for each read
}

func read(rounds, sizes string, targets []string) error {
	n, err := strconv.Atoi(rounds)
	if err != nil {
		return err
	}
	var all []*target
	for _, each := range targets {
		t, err := open(each)
		if err != nil {
			return err
		}
		defer t.memory.Close()
		all = append(all, t)
	}
	out := json.NewEncoder(os.Stdout)
	for _, text := range strings.Split(sizes, ",") {
		size, err := strconv.Atoi(text)
		if err != nil {
			return err
		}
		if err := measure(out, n, size, all); err != nil {
			return err
		}
	}
	return nil
}

func open(text string) (*target, error) {
	name, rest, _ := strings.Cut(text, "=")
	way, socket, ok := strings.Cut(rest, ":")
	if !ok {
		return nil, fmt.Errorf("%s is not NAME=WAY:SOCKET", text)
	}
	dial := memaccess.DialWithoutFiles
	if way == "descriptor" {
		dial = memaccess.Dial
	}
	memory, err := dial(context.Background(), socket)
	if err != nil {
		return nil, err
	}
	runs := memory.Runs()
	t := &target{name: name, way: way, memory: memory, size: runs[0].Length, seed: 1}
	if file, _ := memory.File(runs[0]); (way == "descriptor") != (file != nil) {
		return nil, fmt.Errorf("%s: the server passes a descriptor: %t", text, file != nil)
	}
	return t, nil
}

func measure(out *json.Encoder, rounds, size int, all []*target) error {
	for range rounds {
		for _, t := range all {
			ns, err := t.turn(size)
			if err != nil {
				return fmt.Errorf("%s: %w", t.name, err)
			}
			if err := out.Encode(sample{t.name, size, ns}); err != nil {
				return err
			}
		}
	}
	return nil
}

// turn reads for a while, and returns what a read takes.
func (t *target) turn(size int) (float64, error) {
	reads := 0
	start := time.Now()
	for time.Since(start) < turn {
		n, err := t.once(size)
		if err != nil {
			return 0, err
		}
		reads += n
	}
	return float64(time.Since(start)) / float64(reads), nil
}

// once reads by one request, or by as many as take some microseconds, and returns how
// many reads these were.
func (t *target) once(size int) (int, error) {
	if t.way == "vectored" {
		batch := make([]memaccess.Range, ranges)
		t.room(ranges * size)
		for i := range batch {
			batch[i] = memaccess.Range{Addr: t.address(size), Data: t.buffer[i*size : (i+1)*size]}
		}
		return ranges, memaccess.ReadAll(t.memory, batch)
	}
	n := max(1, min(16, page*16/size))
	t.room(size)
	for range n {
		if _, err := t.memory.ReadAt(t.buffer[:size], int64(t.address(size))); err != nil {
			return 0, err
		}
	}
	return n, nil
}

func (t *target) room(n int) {
	if len(t.buffer) < n {
		t.buffer = make([]byte, n)
	}
}

// address is that of some page: the same ones, in the same order, for all.
func (t *target) address(size int) uint64 {
	t.seed = t.seed*6364136223846793005 + 1442695040888963407
	return t.seed >> 33 * page % (t.size - uint64(size))
}
