package location_test

import (
	"testing"

	"github.com/volint/volint/memaccess/location"
)

func TestParse(t *testing.T) {
	tests := []struct {
		in   string
		kind location.Kind
		path string
	}{
		{"mem.lime", location.Path, "mem.lime"},
		{"/tmp/pmem", location.Path, "/tmp/pmem"},
		{"./unix:x", location.Path, "./unix:x"},
		{"/run/unix:x", location.Path, "/run/unix:x"},
		{"other:x", location.Path, "other:x"},
		{"", location.Path, ""},
		{"unix:pmem", location.Socket, "pmem"},
		{"unix:/tmp/pmem", location.Socket, "/tmp/pmem"},
		{"unix:/tmp/50%25", location.Socket, "/tmp/50%25"},
		{"unix:///tmp/pmem", location.Socket, "/tmp/pmem"},
		{"unix:///tmp/my%20guest", location.Socket, "/tmp/my guest"},
		{"unix:///tmp/50%", location.Socket, "/tmp/50%"},
		{"unix:", location.Socket, ""},
		{"qemu:/run/vm.qmp", location.QEMU, "/run/vm.qmp"},
		{"qemu:///run/vm.qmp", location.QEMU, "/run/vm.qmp"},
	}
	for _, tt := range tests {
		if got, want := location.Parse(tt.in), (location.Location{Kind: tt.kind, Path: tt.path}); got != want {
			t.Errorf("Parse(%q) = %+v, want %+v", tt.in, got, want)
		}
	}
}
