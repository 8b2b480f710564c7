package memaccess

import (
	"context"
	"io"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// FuzzClient has a server that answers with whatever bytes there are, at once, and
// passes descriptors with the first of them that may have some. Nothing of it ends
// the program, or hangs it, or takes memory that the server does not send; no
// descriptor stays open.
func FuzzClient(f *testing.F) {
	f.Add(byte(0), []byte{0}, []byte{}, []byte("data\x01"))
	hello := appendHello(nil, &about{features: 0xFF, limit: 1 << 20, runs: []Run{{0, 4096}, {8192, 4096}},
		identity: Identity{Image: "i"}, name: "n"})
	files := appendDescriptors(nil, 1, []filed{{Run{0, 4096}, 0, 0}, {Run{8192, 4096}, noDescriptor, 0}})
	for passed := range byte(6) {
		f.Add(passed, hello, files, append(make([]byte, 4096), 1))
	}
	live := appendHello(nil, &about{features: 0xFF, limit: 64, runs: []Run{{0, 4096}}, identity: Identity{Process: 3}, trouble: "t"})
	f.Add(byte(1), live, files, make([]byte, 300))
	f.Add(byte(1), append(hello[:30:30], 0xFF, 0xFF), files, []byte{})

	dir := f.TempDir()
	path := filepath.Join(dir, "memory")
	if err := os.WriteFile(path, make([]byte, 8192), 0o600); err != nil {
		f.Fatal(err)
	}
	passing := fuzzFiles(f, path, dir)
	f.Fuzz(func(t *testing.T, passed byte, hello, files, rest []byte) {
		var served []net.Conn
		defer func() {
			for _, conn := range served {
				_ = conn.Close()
			}
		}()
		before := descriptorsOpen(t)
		c, err := newClient(context.Background(), &Client{path: "fuzz", patience: 20 * time.Millisecond, dial: func(context.Context) (net.Conn, error) {
			if len(served) > 0 {
				return nil, io.ErrClosedPipe
			}
			ours, theirs := socketPair(t)
			served = append(served, theirs)
			go lieTo(theirs, hello, files, rest, passing[int(passed)%len(passing)])
			return ours, nil
		}})
		if err == nil {
			use(t, c)
			_ = c.Close()
		}
		for _, conn := range served {
			_ = conn.Close()
		}
		if after := descriptorsOpen(t); after > before {
			t.Errorf("%d descriptors are open, %d were", after, before)
		}
	})
}

// use uses all of a client.
func use(t *testing.T, c *Client) {
	t.Helper()
	for _, run := range c.Runs() {
		if run.Length == 0 || run.End() < run.Start {
			t.Errorf("a run is %+v", run)
		}
		_, _ = c.File(run)
		_, _ = c.ReadAt(make([]byte, 16), int64(run.Start))
		_, _ = c.ReadAt(make([]byte, 16), int64(run.End()-8))
	}
	_ = c.ReadVector([]Range{{Addr: 0, Data: make([]byte, 8)}, {Addr: 4090, Data: make([]byte, 9)}, {Addr: 8192, Data: make([]byte, 100)}})
	_, _ = c.WriteAt(make([]byte, 10), 0)
	_ = c.Changes()
	if release, err := c.Pause(context.Background(), time.Second); err == nil {
		_ = release()
	}
}

// lieTo answers a client: what it asks counts only by its type.
func lieTo(conn *net.UnixConn, hello, files, rest []byte, passing []int) {
	var header [headerSize]byte
	for {
		if _, err := io.ReadFull(conn, header[:]); err != nil {
			return
		}
		var err error
		switch header[0] {
		case typeHello:
			_, err = conn.Write(hello)
		case typeDescriptor:
			if len(files) > 0 {
				_, _, err = conn.WriteMsgUnix(files, syscall.UnixRights(passing...), nil)
			}
		default:
			_, err = conn.Write(rest)
		}
		if err != nil {
			return
		}
	}
}

// fuzzFiles are sets of descriptors to pass.
func fuzzFiles(f *testing.F, path, dir string) [][]int {
	open := func(path string) int {
		file, err := os.Open(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Cleanup(func() { _ = file.Close() })
		return int(file.Fd())
	}
	reader, writer, err := os.Pipe()
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _, _ = reader.Close(), writer.Close() })
	file, folder, pipe := open(path), open(dir), int(reader.Fd())
	lot := make([]int, mostFiles+1)
	for i := range lot {
		lot[i] = file
	}
	return [][]int{{}, {file}, {file, file}, {folder}, {pipe}, lot}
}

func socketPair(t *testing.T) (ours, theirs *net.UnixConn) {
	t.Helper()
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	var ends [2]*net.UnixConn
	for i, fd := range fds {
		file := os.NewFile(uintptr(fd), "")
		conn, err := net.FileConn(file)
		_ = file.Close()
		if err != nil {
			t.Fatal(err)
		}
		ends[i] = conn.(*net.UnixConn)
	}
	return ends[0], ends[1]
}

func descriptorsOpen(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(entries)
}
