package source_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/klauspost/compress/snappy"

	"github.com/volint/volint/internal/testenv"
	"github.com/volint/volint/memaccess"
)

// BenchmarkSequential reads the memory image from its first byte to its last: the
// file itself, and dumps of it. Snappy alone is what AVML can't be faster than.
func BenchmarkSequential(b *testing.B) {
	image, err := os.ReadFile(testenv.Image(b))
	if err != nil {
		b.Fatal(err)
	}
	memory := span{0, image}
	sources := map[string]memaccess.Source{
		"raw":  opened(b, testenv.Image(b), "raw"),
		"lime": opened(b, dumpOf(b, lime(memory)), ""),
		"elf":  opened(b, dumpOf(b, core([]span{memory})), ""),
		"avml": opened(b, dumpOf(b, avml(memory)), ""),
	}
	file, err := os.Open(testenv.Image(b))
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	for _, size := range []int{4 << 10, 64 << 10, 1 << 20} {
		b.Run(fmt.Sprintf("file/%dK", size>>10), func(b *testing.B) { sequential(b, file.ReadAt, len(image), size) })
		for _, format := range []string{"raw", "lime", "elf", "avml"} {
			b.Run(fmt.Sprintf("%s/%dK", format, size>>10), func(b *testing.B) {
				sequential(b, sources[format].ReadAt, len(image), size)
			})
		}
	}
	b.Run("snappy", func(b *testing.B) {
		var chunks [][]byte
		for at := 0; at < len(image); at += 1 << 16 {
			chunks = append(chunks, snappy.Encode(nil, image[at:at+1<<16]))
		}
		dst := make([]byte, 1<<16)
		b.SetBytes(int64(len(image)))
		for b.Loop() {
			for _, c := range chunks {
				if _, err := snappy.Decode(dst, c); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
}

func sequential(b *testing.B, readAt func([]byte, int64) (int, error), length, size int) {
	p := make([]byte, size)
	b.SetBytes(int64(length))
	b.ReportAllocs()
	for b.Loop() {
		for at := 0; at < length; at += size {
			if _, err := readAt(p, int64(at)); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkOpen opens a compressed dump, which takes a look at each of its chunks.
func BenchmarkOpen(b *testing.B) {
	image, err := os.ReadFile(testenv.Image(b))
	if err != nil {
		b.Fatal(err)
	}
	path := dumpOf(b, avml(span{0, image}))
	b.SetBytes(int64(len(image)))
	for b.Loop() {
		_ = opened(b, path, "").Close()
	}
}
