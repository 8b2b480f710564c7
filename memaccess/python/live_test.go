package python_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/volint/volint/memaccess"
)

// A file that gets shorter ends the reading of it, and not the reader.
func TestTruncated(t *testing.T) {
	const shorter = "ServerError: a file that holds the memory behind SOCKET has become shorter"
	each(t, func(t *testing.T, interpreter, module string) {
		h := newHost(t)
		ask(t, interpreter, module, serveBy(t, &memaccess.Server{Source: h}), []call{
			{do("read", mib, mib), there(mib, mib)},
			{do("read", 0, 100), there(0, 100)},
			{do("truncate", h.file.Name(), h.offset(0, 1)+50), nil},
			{do("read", mib, mib), there(mib, mib)},
			{do("keep"), nil},
			{do("read", 0, 100), shorter},
		})
		ask(t, interpreter, module, serveBy(t, &memaccess.Server{Source: h}), []call{
			{do("read", mib, mib), "ServerError: what the memory server on SOCKET tells of its files makes no sense: a file ends at 3146290, before its memory"},
		})
	})
}

// Memory of a guest that runs is as it is now: at once from files, and after
// forget from the server.
func TestLive(t *testing.T) {
	const at = mib + 0x1234
	each(t, func(t *testing.T, interpreter, module string) {
		h := newHost(t)
		h.live = true
		changed := shown([]byte("changed!"))
		change := call{do("change", h.file.Name(), h.offset(at, 8), "changed!"), nil}
		before := []call{{do("live"), true}, {do("read", at, 8), there(at, 8)}, change}

		ask(t, interpreter, module, serveBy(t, &memaccess.Server{Source: onlyServer{h}}), append(before,
			call{do("read", at, 8), there(at, 8)},
			call{do("forget"), nil},
			call{do("read", at, 8), changed}))
		h = newHost(t)
		h.live = true
		change.do[1] = h.file.Name()
		ask(t, interpreter, module, serveBy(t, &memaccess.Server{Source: h}), append(before, call{do("read", at, 8), changed}))
	})
}

func TestWrite(t *testing.T) {
	const at = mib + 4090
	written := shown([]byte("written."))
	each(t, func(t *testing.T, interpreter, module string) {
		for _, source := range []func() memaccess.Source{
			func() memaccess.Source { return newHost(t) },
			func() memaccess.Source { return onlyServer{newHost(t)} },
		} {
			ask(t, interpreter, module, serveBy(t, &memaccess.Server{Source: source()}), []call{
				{do("write", at, "written."), false}, {do("read", at, 8), there(at, 8)}})
			ask(t, interpreter, module, serveBy(t, &memaccess.Server{Source: source(), Writable: true}), []call{
				{do("read", at, 8), there(at, 8)},
				{do("write", at, "written."), true},
				{do("read", at, 8), written},
				{do("write", 0xa0000, "hole"), false},
				{do("write", -1, "x"), false},
				{do("write", 0, "ab", mib/4), true},
				{do("read", mib/2-2, 3), shown([]byte{'a', 'b', patternAt(mib / 2)})},
			})
		}
	})
}

func TestPause(t *testing.T) {
	each(t, func(t *testing.T, interpreter, module string) {
		h := newHost(t)
		h.live = true
		server := &memaccess.Server{Source: h, AllowPause: true}
		ask(t, interpreter, module, serveBy(t, server), []call{
			{do("resume"), false},
			{do("pause", 5000), true},
			{do("pause"), true},
			{do("in child", "resume"), false},
			{do("read", mib, 8), there(mib, 8)},
			{do("resume"), true},
			{do("resume"), false},
			{do("pause", -1), true}, // and the client goes
		})
		_ = server.Close()
		if h.stands || h.pauses != 2 {
			t.Errorf("the guest stands: %v, and was stopped %d times", h.stands, h.pauses)
		}
		ask(t, interpreter, module, serveBy(t, &memaccess.Server{Source: h}), []call{{do("pause", 5000), false}, {do("resume"), false}})
		old := &original{habits: habits{memory: h}}
		ask(t, interpreter, module, old.serve(t), []call{{do("pause", 5000), false}, {do("trouble"), ""}})
	})
}

// What happens to the guest is told to who asks, and else on standard error.
func TestTrouble(t *testing.T) {
	each(t, func(t *testing.T, interpreter, module string) {
		h := newHost(t)
		h.live = true
		ask(t, interpreter, module, serveBy(t, &memaccess.Server{Source: h}), []call{
			{do("read", mib, 8), there(mib, 8)},
			{do("trouble"), ""},
			{do("touch", h.reset), nil},
			{do("trouble"), "the guest was reset"},
		})
		h = newHost(t)
		h.live = true
		socket := serveBy(t, &memaccess.Server{Source: h})
		run := exec.Command(interpreter, "-B", filepath.Join("testdata", "client.py"), here(t), module, socket,
			`[["read", 1048576, 8], ["touch", "`+h.reset+`"]]`)
		var stderr strings.Builder
		run.Stderr = &stderr
		if err := run.Run(); err != nil || stderr.String() != "warning: the guest was reset while its memory was read\n" {
			t.Errorf("%v, standard error: %s", err, &stderr)
		}
	})
}

// A connection that was idle and closed is made anew, if the memory is the same.
func TestIdle(t *testing.T) {
	each(t, func(t *testing.T, interpreter, module string) {
		for _, live := range []bool{false, true} {
			h := newHost(t)
			h.live = live
			trouble := ""
			if live {
				trouble = "the memory server closed a connection, so that a reset may have gone unnoticed"
			}
			server := &memaccess.Server{Source: onlyServer{h}, IdleTimeout: 50 * time.Millisecond, Writable: true}
			ask(t, interpreter, module, serveBy(t, server), []call{
				{do("read", mib, 8), there(mib, 8)},
				{do("sleep", 0.4), nil},
				{do("read", 2*mib, 8), there(2*mib, 8)},
				{do("trouble"), trouble},
				{do("sleep", 0.4), nil},
				{do("write", mib, "x"), "ServerError: the memory server on SOCKET closed the connection: [Errno 32] Broken pipe"},
			})
		}
		h := newHost(t)
		server := &memaccess.Server{Source: h}
		socket := serveBy(t, server)
		other := (&liar{answers: map[byte]answer{0x80: helloOf(0)}}).serve(t)
		ask(t, interpreter, module, socket, []call{
			{do("read", mib, 8), there(mib, 8)},
			{do("replace", other), nil},
			{do("in child", "trouble"), "ServerError: another memory is served on SOCKET than before"},
		})
	})
}

// Threads read through one connection.
func TestThreads(t *testing.T) {
	each(t, func(t *testing.T, interpreter, module string) {
		for _, source := range []memaccess.Source{newHost(t), onlyServer{newHost(t)}} {
			ask(t, interpreter, module, serveBy(t, &memaccess.Server{Source: source}), []call{{do("together", 6), []any{}}})
		}
	})
}
