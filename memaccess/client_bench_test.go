package memaccess_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/volint/volint/memaccess"
)

// zeroMemory is 64 MiB that cost nothing to read, in no file.
type zeroMemory struct{ blank }

func (*zeroMemory) Runs() []memaccess.Run { return []memaccess.Run{{Start: 0, Length: 64 * mib}} }

// One reader, and several side by side.
func BenchmarkClient(b *testing.B) {
	for _, size := range []int{8, 4096, 65536} {
		for _, readers := range []int{1, 8} {
			b.Run(fmt.Sprintf("%d bytes, %d readers", size, readers), func(b *testing.B) {
				c := connect(b, start(b, &memaccess.Server{Source: &zeroMemory{}}))
				b.SetBytes(int64(size))
				b.SetParallelism(readers)
				if readers == 1 {
					read(b, c, size, func() bool { return b.Loop() })
					return
				}
				b.RunParallel(func(pb *testing.PB) { read(b, c, size, pb.Next) })
			})
		}
	}
	b.Run("64 ranges of 4096 bytes", func(b *testing.B) {
		c := connect(b, start(b, &memaccess.Server{Source: &zeroMemory{}}))
		ranges := make([]memaccess.Range, 64)
		for i := range ranges {
			ranges[i] = memaccess.Range{Addr: uint64(i) * 100_000, Data: make([]byte, 4096)}
		}
		b.SetBytes(64 * 4096)
		for b.Loop() {
			if err := memaccess.ReadAll(c, ranges); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func read(b *testing.B, c *memaccess.Client, size int, more func() bool) {
	p := make([]byte, size)
	for more() {
		if _, err := c.ReadAt(p, rand.Int64N(64*mib-int64(size))); err != nil {
			b.Error(err)
			return
		}
	}
}
