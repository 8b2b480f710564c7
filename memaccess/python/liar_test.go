package python_test

import (
	"encoding/binary"
	"io"
	"math/rand"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/internal/testenv"
)

// liar is a server that answers what it is told to.
type liar struct {
	// answers are those to the types of requests.
	answers map[byte]answer
	// mutate, if there, changes them, and reads are answered by what the pattern has.
	mutate func(answer) answer
}

type answer struct {
	bytes []byte
	files []*os.File // they ride on the first byte
	// what happens after it
	then then
}

type then int

const (
	goesOn then = iota
	hangsUpThen
	isSilent
	drips // what it has to say comes byte by byte
)

func (l *liar) serve(t testing.TB) (path string) {
	t.Helper()
	path = testenv.Socket(t)
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	t.Cleanup(func() { close(ended); _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.AcceptUnix()
			if err != nil {
				return
			}
			go l.talk(conn, ended)
		}
	}()
	return path
}

func (l *liar) talk(conn *net.UnixConn, ended <-chan struct{}) {
	defer conn.Close()
	header := make([]byte, 24)
	for {
		if _, err := io.ReadFull(conn, header); err != nil || header[0] == 0 {
			return
		}
		ranges := header[8:]
		if header[0] == 0x81 {
			ranges = make([]byte, binary.LittleEndian.Uint64(header[16:]))
			if _, err := io.ReadFull(conn, ranges); err != nil {
				return
			}
		}
		a, known := l.answers[header[0]]
		if !known {
			a.bytes = []byte{0}
		}
		if l.mutate != nil {
			if header[0] == 1 || header[0] == 0x81 {
				a.bytes = readings(ranges)
			}
			a = l.mutate(a)
		}
		if a.then == drips {
			for i := range a.bytes {
				time.Sleep(20 * time.Millisecond)
				if _, err := conn.Write(a.bytes[i : i+1]); err != nil {
					return
				}
			}
		} else if a.send(conn) != nil || a.then == hangsUpThen {
			return
		}
		if a.then == isSilent {
			<-ended
			return
		}
	}
}

// readings answers ranges as it should be.
func readings(ranges []byte) (b []byte) {
	for at := 0; at < len(ranges); at += 16 {
		b = append(b, hostBytes(binary.LittleEndian.Uint64(ranges[at:]), binary.LittleEndian.Uint64(ranges[at+8:]))...)
	}
	for range len(ranges) / 16 {
		b = append(b, 1)
	}
	return b
}

func (a answer) send(conn *net.UnixConn) error {
	if len(a.bytes) == 0 {
		return nil
	}
	var rights []byte
	if len(a.files) > 0 {
		var numbers []int
		for _, file := range a.files {
			numbers = append(numbers, int(file.Fd()))
		}
		rights = syscall.UnixRights(numbers...)
	}
	n, _, err := conn.WriteMsgUnix(a.bytes, rights, nil)
	if err == nil {
		_, err = conn.Write(a.bytes[n:])
	}
	return err
}

// told is the answer that tells something: its length, then the numbers, each as
// wide as its type.
func told(numbers ...any) answer {
	var b []byte
	for _, n := range numbers {
		switch n := n.(type) {
		case string:
			b = append(b, n...)
		case uint16:
			b = binary.LittleEndian.AppendUint16(b, n)
		case uint32:
			b = binary.LittleEndian.AppendUint32(b, n)
		case uint64:
			b = binary.LittleEndian.AppendUint64(b, n)
		}
	}
	return answer{bytes: append(binary.LittleEndian.AppendUint32([]byte{1}, uint32(len(b))), b...)}
}

type (
	n2 = uint16
	n4 = uint32
	n8 = uint64
)

// helloOf is a hello of 1 MiB, from 4096 on.
func helloOf(features uint32) answer {
	return told(n2(1), n2(0), n4(features), n8(1<<20), n4(1), n8(4096), n8(mib))
}

func withFiles(a answer, files ...*os.File) answer {
	a.files = files
	return a
}

// filedRun is a run of an answer to a descriptor request.
func filedRun(start, length uint64, index uint32, offset uint64) []any {
	return []any{start, length, index, n4(0), offset}
}

// files tells of files.
func filesOf(count uint16, runs ...[]any) answer {
	numbers := []any{n2(1), count, n4(len(runs))}
	for _, run := range runs {
		numbers = append(numbers, run...)
	}
	return told(numbers...)
}

// dump is a file of 1 MiB of the pattern from 4096 on.
func dump(t testing.TB) *os.File {
	t.Helper()
	file, err := os.Create(filepath.Join(t.TempDir(), "dump"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	if _, err := file.Write(hostBytes(4096, mib)); err != nil {
		t.Fatal(err)
	}
	return file
}

// Servers that lie are found out: no wrong bytes, no waiting, no memory for what is
// only said, and no descriptor that stays open.
func TestLies(t *testing.T) {
	file := dump(t)
	page := append(hostBytes(4096, 4096), 1)
	pages := append(hostBytes(4096, 3*4096), 1, 1, 1)
	pipe, other, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	defer pipe.Close()
	cut := func(a answer, n int, what then) answer {
		return answer{bytes: a.bytes[:n], files: a.files, then: what}
	}
	filed := func(a answer, files ...*os.File) map[byte]answer {
		return map[byte]answer{0x80: helloOf(2), 0x82: withFiles(a, files...), 1: {bytes: page}}
	}
	hello := func(a answer) map[byte]answer { return map[byte]answer{0x80: a, 1: {bytes: page}} }
	many := make([]*os.File, 70)
	for i := range many {
		many[i] = file
	}
	const good = ""
	tests := []struct {
		name    string
		answers map[byte]answer
		want    string // what the error ends with
	}{
		{"truth", hello(helloOf(0)), good},
		{"truth with a tail", hello(told(n2(1), n2(0), n4(0), n8(1<<20), n4(1), n8(4096), n8(mib), n8(7), n8(8), n2(1), "a", n2(2), "bc", n2(0), "later")), good},
		{"hello: no bytes", hello(told()), "makes no sense: 20 bytes can't be in 0"},
		{"hello: no limit", hello(told(n2(1), n2(0), n4(0), n8(0), n4(1), n8(0), n8(mib))), "makes no sense: it takes no requests of a page"},
		{"hello: many runs", hello(told(n2(1), n2(0), n4(0), n8(1<<20), n4(1<<32-1), n8(0), n8(mib))), "makes no sense: 68719476720 bytes can't be in 16"},
		{"hello: no runs", hello(told(n2(1), n2(0), n4(0), n8(1<<20), n4(0))), "has no memory that can be read"},
		{"hello: empty runs", hello(told(n2(1), n2(0), n4(0), n8(1<<20), n4(1), n8(5), n8(0))), "has no memory that can be read"},
		{"hello: a run that wraps", hello(told(n2(1), n2(0), n4(0), n8(1<<20), n4(1), n8(1<<63), n8(1<<63+1))), "makes no sense: memory ends after the last address"},
		{"hello: half a tail", hello(told(n2(1), n2(0), n4(0), n8(1<<20), n4(1), n8(0), n8(mib), n8(1))), "makes no sense: 16 bytes can't be in 8"},
		{"hello: a long name", hello(told(n2(1), n2(0), n4(0), n8(1<<20), n4(1), n8(0), n8(mib), n8(1), n8(1), n2(60000), "a")), "makes no sense: 60000 bytes can't be in 1"},
		{"hello: 4 GiB", hello(answer{bytes: []byte{1, 0xff, 0xff, 0xff, 0xff}}), "wants to tell 4294967295 bytes of its memory"},
		{"hello: another status", hello(answer{bytes: []byte{7}}), "says 0x07, which is no status"},
		{"hello: QMP's", hello(answer{bytes: []byte(`{"QMP": {}}`)}), "SOCKET is a QMP socket, which serves no memory"},
		{"hello: half of it", hello(cut(helloOf(0), 20, hangsUpThen)), "closed the connection"},
		{"hello: half of it, then nothing", hello(cut(helloOf(0), 20, isSilent)), "did not answer for 0.5 seconds"},
		{"hello: nothing", hello(answer{then: isSilent}), "did not answer for 0.5 seconds"},

		{"hello: byte by byte", hello(answer{bytes: helloOf(0).bytes, then: drips}), "did not answer for 0.5 seconds"},

		{"read: byte by byte", map[byte]answer{0x80: helloOf(0), 1: {bytes: page, then: drips}}, "did not answer for 0.5 seconds"},
		{"read: another status", map[byte]answer{0x80: helloOf(0), 1: {bytes: append(hostBytes(4096, 4096), 2)}}, "says 0x02, which is no status"},
		{"read: too short", map[byte]answer{0x80: helloOf(0), 1: {bytes: page[:4096], then: hangsUpThen}}, "closed the connection"},
		{"read: too short, then nothing", map[byte]answer{0x80: helloOf(0), 1: {bytes: page[:4096], then: isSilent}}, "did not answer for 0.5 seconds"},
		{"vectored: truth", map[byte]answer{0x80: helloOf(1), 0x81: {bytes: pages}}, good},
		{"vectored: another status", map[byte]answer{0x80: helloOf(1), 0x81: {bytes: append(pages[:len(pages)-1:len(pages)-1], 9)}}, "says 0x09, which is no status"},
		{"vectored: too short", map[byte]answer{0x80: helloOf(1), 0x81: {bytes: pages[:len(pages)-1], then: hangsUpThen}}, "closed the connection"},
		{"vectored: refused", map[byte]answer{0x80: helloOf(1), 0x81: {then: hangsUpThen}}, "closed the connection"},

		{"files: truth", filed(filesOf(1, filedRun(4096, mib, 0, 0)), file), good},
		{"files: in parts", filed(filesOf(2, filedRun(4096, 8192, 1, 0), filedRun(3*4096, mib-8192, 0, 8192)), file, file), good},
		{"files: none of it", filed(filesOf(1, filedRun(4096, mib, 1<<32-1, 0)), file), good},
		{"files: no runs", filed(filesOf(1), file), good},
		{"files: refused, and there", filed(answer{bytes: []byte{0}}, file), good},
		{"files: a pipe", filed(filesOf(1, filedRun(4096, mib, 0, 0)), pipe), good},
		{"files: an index", filed(filesOf(1, filedRun(4096, mib, 1, 0)), file), "makes no sense: there is no file 1"},
		{"files: not there", filed(filesOf(1, filedRun(4096, mib, 0, 0))), "makes no sense: 1 files are told and 0 are there"},
		{"files: more there", filed(filesOf(1, filedRun(4096, mib, 0, 0)), file, file), "makes no sense: 1 files are told and 2 are there"},
		{"files: more than can be", filed(filesOf(70, filedRun(4096, mib, 0, 0)), many...), "sends more than 64 descriptors"},
		{"files: short", filed(filesOf(1, filedRun(4096, mib, 0, 1)), file), "makes no sense: a file ends at 1048576, before its memory"},
		{"files: a far offset", filed(filesOf(1, filedRun(4096, mib, 0, 1<<64-1)), file), "makes no sense: a file ends at 1048576, before its memory"},
		{"files: a hole", filed(filesOf(1, filedRun(0, 4096, 0, 0)), file), "makes no sense: a part at 0 is out of order, or no memory"},
		{"files: too long", filed(filesOf(1, filedRun(4096, mib+1, 0, 0)), file), "makes no sense: a part at 4096 is out of order, or no memory"},
		{"files: twice", filed(filesOf(1, filedRun(4096, mib, 0, 0), filedRun(8192, 4096, 0, 0)), file), "makes no sense: a part at 8192 is out of order, or no memory"},
		{"files: many runs", filed(told(n2(1), n2(1), n4(1<<32-1)), file), "makes no sense: 137438953440 bytes can't be in 0"},
		{"files: half of it", filed(cut(withFiles(filesOf(1, filedRun(4096, mib, 0, 0)), file), 20, hangsUpThen), file), "closed the connection"},
		{"files: half of it, then nothing", filed(cut(withFiles(filesOf(1, filedRun(4096, mib, 0, 0)), file), 20, isSilent), file), "did not answer for 0.5 seconds"},
		{"files: another status", filed(answer{bytes: []byte{3}}, file), "says 0x03, which is no status"},
		{"files: nothing", filed(answer{then: hangsUpThen}), "closed the connection"},
		{"files: silence", filed(answer{then: isSilent}), "did not answer for 0.5 seconds"},
	}
	each(t, func(t *testing.T, interpreter, module string) {
		// All in one process, since it takes long to start.
		sockets := make([]string, len(tests))
		calls := []call{{do: do("limit patience", 0.5)}, {do: do("leaked")}, {do: do("limit memory", 1<<29)}}
		before := len(calls)
		for i, tt := range tests {
			sockets[i] = (&liar{answers: tt.answers}).serve(t)
			calls = append(calls, call{do: do("use", sockets[i])}, call{do: do("read", 4096, 10)}, call{do: do("close all")}, call{do: do("leaked")})
		}
		got := answers(t, interpreter, "client.py", []string{here(t), module, ""}, calls)[before:]
		for i, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				read, leaked := got[4*i+1], got[4*i+3]
				if said, ok := read.(string); ok && tt.want != good {
					said = strings.ReplaceAll(said, sockets[i], "SOCKET")
					if !(strings.HasPrefix(said, "ServerError: ") || strings.HasPrefix(said, "Monitor: ")) || !strings.Contains(said, tt.want) {
						t.Errorf("got %s, want %s", said, tt.want)
					}
				} else if tt.want != good {
					t.Errorf("got %v, want %s", read, tt.want)
				} else if diff := cmp.Diff(there(4096, 10), read); diff != "" {
					t.Errorf("a read (-want +got):\n%s", diff)
				}
				compare(t, []call{{do: do("leaked"), want: 0.0}}, []any{leaked})
			})
		}
	})
}

// Answers with random mistakes never do more than end in a ServerError.
func TestRandomLies(t *testing.T) {
	file := dump(t)
	var mu sync.Mutex
	random := rand.New(rand.NewSource(1))
	mutate := func(a answer) answer {
		mu.Lock()
		defer mu.Unlock()
		b := append([]byte(nil), a.bytes...)
		for random.Intn(8) == 0 && len(b) > 0 {
			i := random.Intn(len(b))
			if random.Intn(2) == 0 {
				i = random.Intn(min(len(b), 64)) // what is told stands in front
			}
			switch random.Intn(4) {
			case 0:
				b[i] ^= 1 << random.Intn(8)
			case 1:
				b[i] = byte(random.Intn(2) * 255)
			case 2:
				b, a.then = b[:i], hangsUpThen
			case 3:
				b = append(b[:i:i], append([]byte{byte(random.Intn(256))}, b[i:]...)...)
			}
		}
		if random.Intn(30) == 0 {
			a.files = make([]*os.File, random.Intn(5))
			for i := range a.files {
				a.files[i] = file
			}
		}
		a.bytes = b
		return a
	}
	l := &liar{mutate: mutate, answers: map[byte]answer{
		0x80: told(n2(1), n2(0), n4(31), n8(1<<20), n4(1), n8(4096), n8(mib), n8(7), n8(8), n2(1), "a", n2(2), "bc", n2(0)),
		0x82: withFiles(filesOf(2, filedRun(4096, 4096, 0, 0), filedRun(8192, 65536, 1<<32-1, 0), filedRun(73728, mib-69632, 1, 69632)), file, file),
		0x83: {bytes: []byte{1}},
	}}
	each(t, func(t *testing.T, interpreter, module string) {
		got := answers(t, interpreter, "client.py", []string{here(t), module, l.serve(t)}, []call{
			{do: do("limit patience", 0.05)}, {do: do("leaked")}, {do: do("limit memory", 1<<29)}, {do: do("many", 400)}, {do: do("leaked")},
		})
		counts, _ := got[3].([]any)
		if len(counts) != 2 || counts[0].(float64) == 0 || counts[1].(float64) == 0 {
			t.Errorf("rounds that went well, and that ended in a ServerError: %v", got[3])
		}
		compare(t, []call{{do: do("leaked"), want: 0.0}}, got[4:])
	})
}
