//go:build unix

package fuzz

import (
	"math/rand/v2"
	"runtime/debug"
	"syscall"
	"testing"

	"github.com/volint/volint/internal/fuzz/oracle"
	"github.com/volint/volint/runtime/row"
)

// TestGuardedGo: generated structs read nothing before or behind a frame, and
// write nothing into it: the pages around it can't be touched, and its own only
// be read.
func TestGuardedGo(t *testing.T) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	pages := guarded(t, 1<<16)
	random := rand.New(rand.NewPCG(7, 8))
	for _, s := range goldenStructs(t) {
		r := s.fresh()
		for _, message := range append(messages(random, s.md, 600), nil, []byte{8}) {
			if len(message) > len(pages) {
				continue
			}
			want := oracle.Read(s.md, message)
			for _, at := range []int{0, len(pages) - len(message)} {
				frame := pages[at : at+len(message) : at+len(message)]
				protect(t, pages, syscall.PROT_READ|syscall.PROT_WRITE)
				copy(frame, message)
				protect(t, pages, syscall.PROT_READ)
				if got := readGuarded(t, s, r, frame); got != want {
					t.Fatalf("%s: %x\ngot:  %v\nwant: %v", s.md.FullName(), message, got, want)
				}
			}
		}
	}
}

// readGuarded turns a fault into a failure that names the frame.
func readGuarded(t *testing.T, s *structs, r row.Row, frame []byte) (got oracle.Result) {
	t.Helper()
	defer func() {
		if fault := recover(); fault != nil {
			t.Fatalf("%s: %x: %v", s.md.FullName(), frame, fault)
		}
	}()
	got = oracle.ReadRow(r, s.md, frame)
	_ = r.Append(nil)
	return got
}

// guarded maps memory between pages that can't be touched.
func guarded(t *testing.T, size int) []byte {
	t.Helper()
	page := syscall.Getpagesize()
	all, err := syscall.Mmap(-1, 0, size+2*page, syscall.PROT_NONE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Munmap(all) })
	return all[page : page+size : page+size]
}

func protect(t *testing.T, pages []byte, how int) {
	t.Helper()
	if err := syscall.Mprotect(pages, how); err != nil {
		t.Fatal(err)
	}
}
