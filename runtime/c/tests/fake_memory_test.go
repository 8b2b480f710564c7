package tests

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"

	"github.com/volint/volint/runtime/session/host"
)

// memorySocket is the socket by which a program gets connections to its memory, or nil.
func memorySocket() *os.File {
	var stat syscall.Stat_t
	if syscall.Fstat(4, &stat) != nil || stat.Mode&syscall.S_IFMT != syscall.S_IFSOCK {
		return nil
	}
	return os.NewFile(4, "memory")
}

func init() {
	for name, play := range map[string]func(*fakeRun, *programMemory){
		"reads": func(r *fakeRun, m *programMemory) {
			first := m.word(0)
			for range 20 {
				m.word(0)
			}
			r.all(fmt.Sprint(m.word(0) > first+20))
		},
		"can't read": func(r *fakeRun, m *programMemory) {
			r.all(fmt.Sprint(m.read(0x2000, 8) == nil, m.read(2<<20, 8) == nil, m.read(0x1000, 8) != nil))
		},
		"dies after reads": func(_ *fakeRun, m *programMemory) { m.word(0); kill() },
		"reads for ever": func(r *fakeRun, m *programMemory) {
			r.write(frames("one"))
			for r.Err() == nil {
				m.word(0)
			}
			r.fail()
		},
	} {
		fakes[name] = func(r *fakeRun) {
			m := connectMemory()
			defer m.conn.Close()
			play(r, m)
		}
	}
}

// programMemory is a connection to the memory of the program.
type programMemory struct{ conn *os.File }

// connectMemory passes one end of a connection to the program.
func connectMemory() *programMemory {
	program, err := net.FileConn(memorySocket())
	if err != nil {
		panic(err)
	}
	defer program.Close()
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		panic(err)
	}
	if err := host.Send(program.(*net.UnixConn), nil, pair[1]); err != nil {
		panic(err)
	}
	_ = syscall.Close(pair[1])
	return &programMemory{os.NewFile(uintptr(pair[0]), "memory")}
}

// read reads memory as an original client does; nil where it can't be read.
func (m *programMemory) read(address, length uint64) []byte {
	request := binary.LittleEndian.AppendUint64(nil, 1)
	request = binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(request, address), length)
	if _, err := m.conn.Write(request); err != nil {
		return nil
	}
	answer := make([]byte, length+1)
	if _, err := io.ReadFull(m.conn, answer); err != nil || answer[length] != 1 {
		return nil
	}
	return answer[:length]
}

func (m *programMemory) word(address uint64) uint32 {
	b := m.read(address, 8)
	if b == nil {
		panic(fmt.Sprintf("memory can't be read at %#x", address))
	}
	return binary.LittleEndian.Uint32(b)
}

// memoryScenarios are what testdata/memory.c tries, and what it prints then.
var memoryScenarios = map[string]string{
	"caller": `reads: true
reads: true
can't_read: true true true
arguments:
error: image=ram|volatility=3|memory=1|run=4|word=arguments
a server
0 reads by others, 0 later
`,
	"killed": `dies_after_reads:
error: volint ended after 0 rows
` + lookHint + `reads: true
`,
	"left":    "reads: true\n",
	"threads": "880 reads\n",
	"nested": `reads: true
error: a command can't run while its memory is being read for another
hint: start it where the memory's callbacks are not running
`,
	"forked": `reads: true
reads:
error: the memory is served by the process that opened the session
hint: open another session in the process that fork() made
reads: true
`,
	"no server": `error: the memory can't be served: the host can't read memory
arguments:
error: image=the program's memory|volatility=3|memory=1|run=1|word=arguments
`,
}

func sanitizer(flag string) []string {
	return append([]string{"-std=c99", "-g", "-O1", flag}, strings.Fields("-Wall -Wextra -Werror")...)
}
