package session_test

import (
	"context"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/gen"
	"github.com/volint/volint/gen/go/volint/volatility3/v1/volatility3v1row"
	"github.com/volint/volint/gen/go/volint/volrender/v1/volrenderv1row"
	"github.com/volint/volint/runtime/session"
)

// Machine code arrives as a row's part, with the address and the architecture that
// Volatility gives, beside the same bytes as such.
func TestDisassembly(t *testing.T) {
	python3, err := fs.Sub(gen.Files, "python3")
	if err != nil {
		t.Fatal(err)
	}
	code := "\x55\x48\x89\xe5\x90\x90\x90\x90\xcc\xc3" + strings.Repeat("\x00", 54)
	want := &volrenderv1row.Disassembly{Data: []byte(code), Address: 0x7fc04e96f000, Architecture: "intel64"}
	for _, s := range setups[:2] {
		t.Run(s.name, func(t *testing.T) {
			cfg := s.config(t)
			cfg.DropIns = dropInsOf(session.Volatility3, python3)
			found := 0
			for region, err := range session.Rows[volatility3v1row.LinuxMalwareMalfind](context.Background(), open(t, cfg)) {
				if err != nil {
					t.Fatal(err)
				}
				found++
				if !region.Disasm.Equal(want) || string(region.Hexdump) != code || region.Start != want.Address {
					t.Errorf("%#x: %q and %+v; want %+v", region.Start, region.Hexdump, region.Disasm, want)
				}
			}
			if diff := cmp.Diff(1, found); diff != "" {
				t.Errorf("regions (-want +got):\n%s", diff)
			}
		})
	}
}
