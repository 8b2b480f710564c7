package kdump

import (
	"runtime"
	"sync"

	"github.com/volint/volint/memaccess"
)

// partBytes is how much a goroutine reads at least: unpacking that takes several
// times as long as starting one.
const partBytes = 32 << 10

// parts is into how many parts to share so many bytes.
func parts(n int) int {
	if n < 2*partBytes {
		return 1
	}
	return min(n/partBytes, runtime.GOMAXPROCS(0))
}

// inParallel calls f with 0 to n-1, one of them in this goroutine.
func inParallel(n int, f func(i int)) {
	var others sync.WaitGroup
	for i := 1; i < n; i++ {
		others.Add(1)
		go func() {
			defer others.Done()
			f(i)
		}()
	}
	f(0)
	others.Wait()
}

// inParts reads p in parts, if it is long enough.
func (d *dump) inParts(p []byte, addr int64) (int, error) {
	keep, count := len(p) < maxKept, parts(len(p))
	if count == 1 {
		return d.read(p, addr, keep)
	}
	// The parts begin where pages do.
	block := d.header.block()
	size := (len(p)/count + block - 1) &^ (block - 1)
	begin := func(i int) int {
		if i == count {
			return len(p)
		}
		return max(0, min(len(p), i*size-int(addr)&(block-1)))
	}
	done, errs := make([]int, count), make([]error, count)
	inParallel(count, func(i int) {
		done[i], errs[i] = d.read(p[begin(i):begin(i+1)], addr+int64(begin(i)), keep)
	})
	for i, err := range errs {
		if err != nil {
			return begin(i) + done[i], err
		}
	}
	return len(p), nil
}

// ReadVector reads ranges, several at a time.
func (d *dump) ReadVector(ranges []memaccess.Range) error {
	length := 0
	for i := range ranges {
		length += len(ranges[i].Data)
	}
	count := max(1, min(parts(length), len(ranges)))
	inParallel(count, func(part int) {
		for i := len(ranges) * part / count; i < len(ranges)*(part+1)/count; i++ {
			_, ranges[i].Err = d.ReadAt(ranges[i].Data, int64(ranges[i].Addr))
		}
	})
	for i := range ranges {
		if ranges[i].Err != nil {
			return ranges[i].Err
		}
	}
	return nil
}
