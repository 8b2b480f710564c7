package qmpserve

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/volint/volint/memaccess"
)

// script is a connection that sends bytes and keeps the answers.
type script struct {
	io.Reader
	out bytes.Buffer
}

func (s *script) Write(p []byte) (int, error)      { return s.out.Write(p) }
func (s *script) SetReadDeadline(time.Time) error  { return nil }
func (s *script) SetWriteDeadline(time.Time) error { return nil }

// nowhere is memory that is never read.
type nowhere struct{}

func (nowhere) ReadAt([]byte, int64) (int, error) { return 0, io.EOF }
func (nowhere) Runs() []memaccess.Run             { return nil }
func (nowhere) Name() string                      { return "" }
func (nowhere) Identity() memaccess.Identity      { return memaccess.Identity{} }
func (nowhere) Close() error                      { return nil }

// FuzzMonitor sends anything. Sockets are asked for by absolute paths alone, and what
// comes back is JSON, a line each, or text and a prompt.
func FuzzMonitor(f *testing.F) {
	const hello = `{"execute":"qmp_capabilities"}`
	for _, seed := range []string{
		"", "pmemaccess /tmp/pmem\n", "pmemaccess tmp\n", hello, hello + `{"execute":"pmemaccess","arguments":{"path":"/x"}}`,
		hello + `{"execute":"human-monitor-command","arguments":{"command-line":"pmemaccess /y"}}` + "\nquit\n",
		hello + `{"execute":"query-commands","id":{}}`, `{"a":"\"}"}`, "{{{{", "}", "\x00", `{"execute":"query-status","arguments":[]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		server := &Server{
			Memory: &memaccess.Server{Source: nowhere{}},
			Listen: func(path string) (net.Listener, error) {
				if !filepath.IsAbs(path) || path != filepath.Clean(path) {
					t.Errorf("a socket is made at %q", path)
				}
				return nil, errors.New("no")
			},
		}
		s := &script{Reader: bytes.NewReader(in)}
		_ = newMonitor(server, s).talk()
		for line := range strings.Lines(s.out.String()) {
			for strings.HasPrefix(line, prompt) {
				line = line[len(prompt):]
			}
			if line != "" && line[0] == '{' && !json.Valid([]byte(line)) {
				t.Errorf("%q is answered by %q", in, line)
			}
		}
	})
}
