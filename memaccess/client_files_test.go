package memaccess_test

import (
	"bytes"
	"context"
	"math"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/memaccess"
)

// inFiles is a speaker whose memory lies in two files, but for its first MiB.
func inFiles(t *testing.T, features uint32) *speaker {
	t.Helper()
	s := &speaker{memory: machine(), features: features | passes}
	if features&live != 0 {
		s.identity.Process = 5
	}
	dir := t.TempDir()
	for i, name := range []string{"low", "high"} {
		path := filepath.Join(dir, name)
		content := append(make([]byte, 100*i), contents(4*gib, 2*mib)...)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = f.Close() })
		s.files = append(s.files, f)
	}
	s.spots = []spot{
		{memaccess.Run{Start: 0x1000, Length: mib}, math.MaxUint32, 0},
		{memaccess.Run{Start: 4 * gib, Length: 512 * kib}, 0, 0},
		{memaccess.Run{Start: 4*gib + 512*kib, Length: 512 * kib}, 1, 512*kib + 100},
		{memaccess.Run{Start: 4*gib + mib, Length: mib}, 1, mib + 100},
	}
	return s
}

// Who wants no files reads all by the socket.
func TestClientWithoutFiles(t *testing.T) {
	s := inFiles(t, vectored)
	c, err := memaccess.DialWithoutFiles(context.Background(), s.listen(t))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	checkMemory(t, c)
	checkVector(t, c)
	for _, run := range c.Runs() {
		if f, _ := c.File(run); f != nil {
			t.Errorf("there is a file for run %+v", run)
		}
	}
}

// Memory that lies in files is read there: mapped where it is a dump's, else not.
func TestClientReadsFiles(t *testing.T) {
	for _, features := range []uint32{0, vectored, live, vectored | live} {
		s := inFiles(t, features)
		before := openFiles(t)
		c := connect(t, s.listen(t))
		var runs []memaccess.Run
		for _, at := range s.spots {
			runs = append(runs, at.run)
		}
		if diff := cmp.Diff(runs, c.Runs()); diff != "" {
			t.Errorf("runs (-want +got):\n%s", diff)
		}
		checkMemory(t, c)
		checkVector(t, c)
		for i, run := range c.Runs() {
			f, offset := c.File(run)
			if i == 0 {
				if f != nil {
					t.Errorf("there is a file for the run that lies in none")
				}
				continue
			}
			got := make([]byte, 10)
			if _, err := f.ReadAt(got, offset); err != nil || !bytes.Equal(got, contents(run.Start, 10)) {
				t.Errorf("the file of run %+v, at %d: %v", run, offset, err)
			}
			if _, err := f.WriteAt(got, offset); err == nil {
				t.Error("the file can be written")
			}
		}
		s.hangUp() // what lies in a file needs no server
		if _, err := c.ReadAt(make([]byte, 8), 4*gib); err != nil {
			t.Error(err)
		}
		_ = c.Close()
		if _, err := c.ReadAt(make([]byte, 8), 4*gib); err == nil {
			t.Error("a closed client reads")
		}
		waitFiles(t, before)
	}
}

func openFiles(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("SKIP(system): there is no /proc here")
	}
	return len(entries)
}

// waitFiles waits until no more descriptors are open than before: a listener's and
// its connections' close in their own time.
func waitFiles(t *testing.T, before int) {
	t.Helper()
	const ownOfServer = 1
	for try := 0; openFiles(t) > before+ownOfServer; try++ {
		if try == 1000 {
			t.Fatalf("%d descriptors are open, %d were", openFiles(t), before)
		}
		time.Sleep(time.Millisecond)
	}
}

// A file that is cut while it is read costs what was in it, and not the program.
func TestClientOfCutFile(t *testing.T) {
	for _, features := range []uint32{0, live} {
		s := inFiles(t, features)
		c := connect(t, s.listen(t))
		if err := os.Truncate(s.files[0].Name(), 8192); err != nil {
			t.Fatal(err)
		}
		if _, err := c.ReadAt(make([]byte, 8192), 4*gib); err != nil {
			t.Error(err)
		}
		if _, err := c.ReadAt(make([]byte, 8192), 4*gib+100000); hint(err) == "" {
			t.Errorf("a read past the file's new end: %v", err)
		}
	}
}

// Servers that don't keep to the protocol.
func TestClientOfLiar(t *testing.T) {
	runs := machine().Runs()
	answer := func(parts ...any) lie { return says(block(parts...)...) }
	good := []any{uint16(1), uint16(0), uint32(0), uint64(mib), uint32(len(runs)), runs}
	with := func(at int, what any) []any {
		parts := append([]any{}, good...)
		parts[at] = what
		return parts
	}
	tests := map[string]lie{
		"another status":           says(7),
		"a huge hello":             says(1, 255, 255, 255, 255),
		"a hello that ends":        says(1, 200, 0, 0, 0, 1),
		"an empty hello":           answer(),
		"version 0":                answer(with(0, uint16(0))...),
		"a limit of 0":             answer(with(3, uint64(0))...),
		"more runs than there are": answer(with(4, uint32(1<<31))...),
		"runs without order":       answer(with(5, []memaccess.Run{runs[1], runs[0], runs[2]})...),
		"runs that overlap":        answer(with(5, []memaccess.Run{runs[0], {Start: 4 * gib, Length: 2 * mib}, runs[2]})...),
		"a run without end":        answer(with(5, []memaccess.Run{runs[0], runs[1], {Start: 5 * gib, Length: 1<<64 - 1}})...),
		"a tail that is cut":       answer(append(good, uint64(1), uint64(2), uint16(100), uint16(0), uint16(0))...),
		"no such process":          answer(append(good, uint64(1<<40), uint64(2), "", "", "")...),
	}
	for name, lie := range tests {
		s := &speaker{memory: machine()}
		s.lie(0x80, func(conn *net.UnixConn, addr, length uint64) bool { lie(conn, addr, length); return false })
		if _, err := memaccess.Dial(context.Background(), s.listen(t)); hint(err) == "" {
			t.Errorf("%s: Dial = %v", name, err)
		}
	}
	s := &speaker{memory: machine()}
	s.lie(0x80, answer(good...))
	if c := connect(t, s.listen(t)); c.Identity() != (memaccess.Identity{}) {
		t.Errorf("the identity of an older server is %+v", c.Identity())
	}
	s.lie(1, func(conn *net.UnixConn, _, length uint64) bool {
		_, _ = conn.Write(append(make([]byte, length), 9))
		return true
	})
	if _, err := connect(t, s.listen(t)).ReadAt(make([]byte, 9), 0x1000); hint(err) == "" {
		t.Errorf("a read with a status of 9: %v", err)
	}
	s.lie(1, func(conn *net.UnixConn, _, length uint64) bool {
		_, _ = conn.Write(make([]byte, length-1))
		return false
	})
	if _, err := connect(t, s.listen(t)).ReadAt(make([]byte, 9), 0x1000); hint(err) == "" {
		t.Errorf("a read with a short answer: %v", err)
	}
}

// Descriptors that are not what was announced. None stays open.
func TestClientOfLiarWithFiles(t *testing.T) {
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	defer writer.Close()
	folder, err := os.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	tests := map[string]func(s *speaker) (answer []byte, files []*os.File){
		"more than announced":       func(s *speaker) ([]byte, []*os.File) { return s.table(), append(s.files, folder) },
		"fewer than announced":      func(s *speaker) ([]byte, []*os.File) { return s.table(), s.files[:1] },
		"none":                      func(s *speaker) ([]byte, []*os.File) { return s.table(), nil },
		"more than there may be":    func(s *speaker) ([]byte, []*os.File) { return s.table(), many(s.files[0], 65) },
		"with a refusal":            func(s *speaker) ([]byte, []*os.File) { return no, s.files },
		"another status":            func(s *speaker) ([]byte, []*os.File) { return []byte{3}, s.files },
		"a list that is cut":        func(s *speaker) ([]byte, []*os.File) { return s.table()[:30], s.files },
		"a pipe":                    func(s *speaker) ([]byte, []*os.File) { return s.table(), []*os.File{s.files[0], reader} },
		"a folder":                  func(s *speaker) ([]byte, []*os.File) { return s.table(), []*os.File{s.files[0], folder} },
		"an index that there isn't": func(s *speaker) ([]byte, []*os.File) { s.spots[1].index = 2; return s.table(), s.files },
		"an offset without end":     func(s *speaker) ([]byte, []*os.File) { s.spots[1].offset = 1<<63 - 1; return s.table(), s.files },
		"runs without order":        func(s *speaker) ([]byte, []*os.File) { s.spots[1].run.Start = 0; return s.table(), s.files },
	}
	for name, lie := range tests {
		t.Run(name, func(t *testing.T) {
			s := inFiles(t, 0)
			path := s.listen(t)
			answer, files := lie(s)
			before := openFiles(t)
			s.lie(0x82, func(conn *net.UnixConn, _, _ uint64) bool {
				return s.pass(conn, answer, files) == nil && len(answer) != 30
			})
			c, err := memaccess.Dial(context.Background(), path)
			if name == "with a refusal" {
				if err != nil {
					t.Fatal(err)
				}
				checkMemory(t, c)
				_ = c.Close()
			} else if hint(err) == "" {
				t.Errorf("Dial = %v", err)
			}
			runtime.KeepAlive(files)
			waitFiles(t, before)
		})
	}
	// Files that are shorter than was said, and stretches that are no memory.
	s := inFiles(t, 0)
	s.spots[1].offset = 4 * mib
	s.spots[3] = spot{run: memaccess.Run{Start: 5 * gib, Length: mib}, index: 0}
	c := connect(t, s.listen(t))
	if _, err := c.ReadAt(make([]byte, 8), 4*gib); hint(err) == "" {
		t.Errorf("a read past the file's end: %v", err)
	}
	if _, err := c.ReadAt(make([]byte, 8), 5*gib); err == nil {
		t.Error("a read where hello says that there is nothing")
	}
	if _, err := c.ReadAt(make([]byte, 8), 4*gib+mib); err != nil {
		t.Errorf("a read of what lies in no file: %v", err)
	}
}

func many(f *os.File, n int) []*os.File {
	files := make([]*os.File, n)
	for i := range files {
		files[i] = f
	}
	return files
}
