package memaccess_test

import (
	"encoding/binary"
	"io"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/memaccess"
	"github.com/volint/volint/memaccess/internal/protocoltest"
)

// filed is a machine whose runs lie in two files, and one in none.
type filed struct {
	*memory
	files []*os.File
}

func (f *filed) File(run memaccess.Run) (*os.File, int64) {
	switch run.Start {
	case 0x1000:
		return f.files[0], 0x200
	case 4 * gib:
		return f.files[1], 0
	}
	return nil, 0
}

func newFiled(t *testing.T) *filed {
	t.Helper()
	f := &filed{memory: machine()}
	for _, text := range []string{"first", "second"} {
		path := filepath.Join(t.TempDir(), text)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		file, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = file.Close() })
		f.files = append(f.files, file)
	}
	return f
}

// run is a run of a descriptor answer.
type run struct {
	Start, Length uint64
	Index, Zero   uint32
	Offset        uint64
}

// descriptors asks for descriptors, and takes the answer's first byte by itself.
func descriptors(t *testing.T, conn net.Conn) ([]*os.File, []run) {
	t.Helper()
	send(t, conn, header(0x82, 0, 0))
	first, oob := make([]byte, 1), make([]byte, 4096)
	n, oobn, flags, _, err := conn.(*net.UnixConn).ReadMsgUnix(first, oob)
	if n != 1 || flags&syscall.MSG_CTRUNC != 0 || err != nil {
		t.Fatalf("%d bytes, flags %x, %v", n, flags, err)
	}
	if first[0] == 0 {
		return nil, nil
	}
	files := received(t, oob[:oobn])
	body := receive(t, conn, int(binary.LittleEndian.Uint32(receive(t, conn, 4))))
	if got, want := binary.LittleEndian.Uint32(body), uint32(1|len(files)<<16); got != want {
		t.Errorf("version and number of descriptors: %x, want %x", got, want)
	}
	count := int(binary.LittleEndian.Uint32(body[4:]))
	runs := make([]run, count)
	if n, err := binary.Decode(body[8:], binary.LittleEndian, runs); n != len(body)-8 || err != nil {
		t.Fatalf("%d bytes of runs of %d: %v", n, len(body)-8, err)
	}
	return files, runs
}

// received are the files that came with a message.
func received(t *testing.T, oob []byte) []*os.File {
	t.Helper()
	messages, err := syscall.ParseSocketControlMessage(oob)
	if err != nil || len(messages) != 1 {
		t.Fatalf("%d messages, %v", len(messages), err)
	}
	numbers, err := syscall.ParseUnixRights(&messages[0])
	if err != nil {
		t.Fatal(err)
	}
	var files []*os.File
	for _, n := range numbers {
		f := os.NewFile(uintptr(n), "received")
		t.Cleanup(func() { _ = f.Close() })
		files = append(files, f)
	}
	return files
}

func TestDescriptor(t *testing.T) {
	memory := newFiled(t)
	conn := dial(t, start(t, &memaccess.Server{Source: memory}))
	if features, _ := sayHello(t, conn); features != 2|1 {
		t.Errorf("features %b", features)
	}
	files, runs := descriptors(t, conn)
	want := []run{
		{Start: 0x1000, Length: mib, Index: 0, Offset: 0x200},
		{Start: 4 * gib, Length: mib, Index: 1},
		{Start: 4*gib + mib, Length: mib, Index: 0xFFFFFFFF},
	}
	if diff := cmp.Diff(want, runs); diff != "" {
		t.Errorf("runs (-want +got):\n%s", diff)
	}
	var texts []string
	for _, f := range files {
		text, err := io.ReadAll(io.NewSectionReader(f, 0, 100))
		if err != nil {
			t.Error(err)
		}
		texts = append(texts, string(text))
		if _, err := f.Write([]byte("x")); err == nil {
			t.Error("the file can be written")
		}
	}
	if diff := cmp.Diff([]string{"first", "second"}, texts); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	protocoltest.Stays(t, conn)
}

// The answer to a request before comes before, without descriptors.
func TestDescriptorBehindRead(t *testing.T) {
	conn := dial(t, start(t, &memaccess.Server{Source: newFiled(t)}))
	send(t, conn, header(1, 0x2000, 3))
	receive(t, conn, 4)
	send(t, conn, header(1, 0x2000, 3))
	b, oob := make([]byte, 4), make([]byte, 4096)
	if n, oobn, _, _, err := conn.(*net.UnixConn).ReadMsgUnix(b, oob); n != 4 || oobn != 0 || err != nil {
		t.Errorf("%d bytes, %d of descriptors, %v", n, oobn, err)
	}
	if files, _ := descriptors(t, conn); len(files) != 2 {
		t.Errorf("%d files", len(files))
	}
}

// A listener that does not say who connects gets no descriptors.
func TestDescriptorOfUnknown(t *testing.T) {
	ours, theirs := net.Pipe()
	server := &memaccess.Server{Source: newFiled(t)}
	l := newPipeListener(theirs)
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	if features, _ := sayHello(t, ours); features != 1 {
		t.Errorf("features %b", features)
	}
	send(t, ours, header(0x82, 0, 0))
	if got := receive(t, ours, 1); got[0] != 0 {
		t.Errorf("got %x", got)
	}
}
