package tests

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/volint/volint/internal/testenv"
	"github.com/volint/volint/memaccess/internal/protocoltest"
)

// Who is neither the server's user nor root is not served, unless told otherwise.
func TestOtherUser(t *testing.T) {
	testenv.Need(t, os.Geteuid() == 0, "root", "run the tests as root to try other users")
	for _, tt := range []struct {
		name     string
		options  []string
		mode     os.FileMode
		features int
		err      error
	}{
		{name: "can't connect", err: syscall.EACCES},
		{name: "is not served", mode: 0o666, features: -1},
		{name: "is another again", options: []string{"user=4242"}, features: -1},
		{name: "gets no files that it could write", options: []string{"user=65534"}, features: 1},
		{name: "gets files that it can't write", options: []string{"user=65534", "mode=0644"}, features: 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := startHost(t, addressSanitizer, "threaded", append([]string{"dump", "files=1", "mode=0666"}, tt.options...)...)
			if err := os.Chmod(filepath.Dir(h.path), 0o755); err != nil {
				t.Fatal(err)
			}
			if tt.mode != 0 {
				if err := os.Chmod(h.path, tt.mode); err != nil {
					t.Fatal(err)
				}
			}
			if got, err := protocoltest.AsNobody(h.path); got != tt.features || err != tt.err {
				t.Errorf("features %d, %v; want %d, %v", got, err, tt.features, tt.err)
			}
			protocoltest.Stays(t, h.dial(t))
		})
	}
}
