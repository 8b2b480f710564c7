package memaccess_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/volint/volint/internal/testenv"
	"github.com/volint/volint/memaccess"
	"github.com/volint/volint/memaccess/internal/protocoltest"
)

// Who is neither the server's user nor root is not served, unless told otherwise,
// and gets no file then that it could write to.
func TestOtherUser(t *testing.T) {
	testenv.Need(t, os.Geteuid() == 0, "root", "run the tests as root to try other users")
	const notServed = -1
	tests := []struct {
		name     string
		mode     os.FileMode
		allow    []int
		fileMode os.FileMode
		features int
		err      error
		refused  int64
	}{
		{name: "can't connect", mode: 0o600, allow: []int{protocoltest.Nobody}, err: syscall.EACCES},
		{name: "is not served", mode: 0o666, features: notServed, refused: 1},
		{name: "is not the one", mode: 0o666, allow: []int{1, 2}, features: notServed, refused: 1},
		{name: "is allowed, to read", mode: 0o666, allow: []int{1, protocoltest.Nobody}, fileMode: 0o666, features: 1},
		{name: "is allowed, a group may write", mode: 0o666, allow: []int{protocoltest.Nobody}, fileMode: 0o664, features: 1},
		{name: "is allowed, nobody may write", mode: 0o666, allow: []int{protocoltest.Nobody}, fileMode: 0o644, features: 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			memory := newFiled(t)
			for _, f := range memory.files {
				if err := f.Chmod(tt.fileMode); err != nil {
					t.Fatal(err)
				}
			}
			server := &memaccess.Server{Source: memory, AllowUIDs: tt.allow}
			path := testenv.Socket(t)
			if err := os.Chmod(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			l, err := memaccess.ListenMode(path, tt.mode)
			if err != nil {
				t.Fatal(err)
			}
			go func() { _ = server.Serve(l) }()
			defer server.Close()
			if got, err := protocoltest.AsNobody(path); got != tt.features || err != tt.err {
				t.Errorf("features %d, %v; want %d, %v", got, err, tt.features, tt.err)
			}
			protocoltest.Stays(t, dial(t, path))
			if got := server.Counters().Refused; got != tt.refused {
				t.Errorf("%d were refused, want %d", got, tt.refused)
			}
		})
	}
}
