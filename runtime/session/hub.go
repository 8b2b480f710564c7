package session

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// hub is the worker that stays: a Python that has made Volatility warm, and forks a
// child for each command. runtime/python/worker/hub.py is its other side.
type hub struct {
	process *process
	output  tail
	log     *slog.Logger
	// commands brings it commands, and what it says of them.
	commands *net.UnixConn
	// readers are the goroutines that read what it says and prints.
	readers sync.WaitGroup
	// again takes the commands that it did not begin before it ended.
	again func(*command)

	sending sync.Mutex

	mu    sync.Mutex
	hello bool
	last  int64
	ran   bool // there was a child
	told  bool // a command is over
	// open are the commands that it has, by number.
	open  map[int64]*command
	ended bool
}

// startHub starts a worker that stays.
func startHub(cfg *Config, stdin []byte, again func(*command)) (*hub, error) {
	ours, theirs, err := socketPair()
	if err != nil {
		return nil, err
	}
	defer theirs.Close()
	printed, output, err := os.Pipe()
	if err != nil {
		_ = ours.Close()
		return nil, err
	}
	defer output.Close()
	h := &hub{log: cfg.Log, commands: ours, again: again, open: make(map[int64]*command)}
	if h.process, err = startProcess(cfg.Python, bootCode, stdin, output, theirs, theirs); err != nil {
		_ = ours.Close()
		_ = printed.Close()
		return nil, err
	}
	h.readers.Add(2)
	go func() { defer h.readers.Done(); h.listen() }()
	go func() {
		defer h.readers.Done()
		defer printed.Close()
		h.output.read(newOutlet(printed), cfg.Log)
	}()
	go func() {
		<-h.process.done
		// A process that it left behind may hold the other ends.
		_ = h.commands.CloseRead()
		_ = printed.SetReadDeadline(deadlineForPipes())
		h.readers.Wait()
		h.leave()
	}()
	return h, nil
}

// socketPair makes two sockets that are connected. The second is to be handed down.
func socketPair() (*net.UnixConn, *os.File, error) {
	// Not every system makes them closed for other programs at once: none is started
	// in between.
	syscall.ForkLock.RLock()
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err == nil {
		syscall.CloseOnExec(fds[0])
		syscall.CloseOnExec(fds[1])
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, nil, os.NewSyscallError("socketpair", err)
	}
	file := os.NewFile(uintptr(fds[0]), "commands")
	defer file.Close()
	theirs := os.NewFile(uintptr(fds[1]), "commands")
	conn, err := net.FileConn(file)
	if err != nil {
		_ = theirs.Close()
		return nil, nil, err
	}
	return conn.(*net.UnixConn), theirs, nil
}

// begin hands a command to the worker; false where the worker has ended.
func (h *hub) begin(c *command) bool {
	h.mu.Lock()
	if h.ended {
		h.mu.Unlock()
		return false
	}
	h.last++
	id := h.last
	h.open[id] = c
	c.tries++ // before somebody deals with the worker's end
	h.mu.Unlock()
	// It may be busy, and not read: nobody else waits for that.
	go h.send(id, c)
	return true
}

func (h *hub) send(id int64, c *command) {
	head, err := json.Marshal(map[string]int64{"id": id})
	if err != nil {
		panic(err) // it is a number
	}
	// One object of two: {"id":1} and {"action":...}.
	body := append(append(head[:len(head)-1], ','), c.request[1:]...)
	h.sending.Lock()
	defer h.sending.Unlock()
	theirs := c.takeEnds()
	defer c.giveEnds()
	if theirs == nil { // nobody wants it any more
		h.find(id, true)
		return
	}
	_, err = h.commands.Write(section(nil, body))
	for _, f := range theirs {
		if err == nil {
			err = sendFile(h.commands, f)
		}
	}
	if err != nil {
		// Nothing can follow a part of a command. It ends, if it has not, and its end
		// tells what becomes of the command.
		_ = h.commands.CloseWrite()
	}
}

// sendFile sends a descriptor, with a byte to carry it.
func sendFile(to *net.UnixConn, f *os.File) error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var sent error
	err = raw.Control(func(fd uintptr) {
		// Go's pipes don't block, and Python's writes are to.
		if sent = unix.SetNonblock(int(fd), false); sent != nil {
			return
		}
		_, _, sent = to.WriteMsgUnix([]byte{0}, unix.UnixRights(int(fd)), nil)
		for errors.Is(sent, unix.ETOOMANYREFS) { // as many wait to be received as may
			time.Sleep(time.Millisecond)
			_, _, sent = to.WriteMsgUnix([]byte{0}, unix.UnixRights(int(fd)), nil)
		}
	})
	return errors.Join(err, sent)
}

// said is a line that the worker says.
type said struct {
	Type   string `json:"type"`
	ID     int64  `json:"id"`
	PID    int    `json:"pid"`
	Status int    `json:"status"`
	Level  string `json:"level"`
	Text   string `json:"text"`
}

// listen takes what the worker says, to its end.
func (h *hub) listen() {
	defer h.commands.Close()
	lines := json.NewDecoder(h.commands)
	for {
		var s said
		if lines.Decode(&s) != nil {
			return
		}
		switch s.Type {
		case "hello":
			h.note(&h.hello)
		case "started":
			h.note(&h.ran)
			if c := h.find(s.ID, false); c != nil {
				c.began(s.PID)
			}
		case "exited":
			h.note(&h.told)
			if c := h.find(s.ID, true); c != nil {
				c.over(exitSaid(s.Status), nil)
			}
		case "log":
			logTo(h.log, levels[s.Level], s.Text)
		}
	}
}

func (h *hub) note(what *bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	*what = true
}

func exitSaid(status int) exit {
	if status < 0 {
		return exit{known: true, signal: syscall.Signal(-status)}
	}
	return exit{known: true, status: status}
}

// find finds a command, and forgets it where it is over.
func (h *hub) find(id int64, over bool) *command {
	h.mu.Lock()
	defer h.mu.Unlock()
	c := h.open[id]
	if over {
		delete(h.open, id)
	}
	return c
}

// leave deals with the commands of a worker that has ended: those that had begun have
// ended with it, and the others may begin elsewhere.
func (h *hub) leave() {
	h.mu.Lock()
	h.ended = true
	open, hello := h.open, h.hello
	// One that can't make Volatility warm tells one command so, and ends. The others
	// are to be told, too, each by another worker.
	barren := h.told && !h.ran
	h.open = nil
	h.mu.Unlock()
	for _, c := range open {
		c.mu.Lock()
		pid, killed := c.pid, c.killed
		c.mu.Unlock()
		switch {
		case pid != 0:
			killGroup(pid)
			c.over(exit{}, h.lost())
		case killed:
			c.over(exit{}, nil)
		case hello && (barren || c.tries < mostTries):
			h.again(c)
		default:
			c.over(exit{}, h.lost())
		}
	}
}

// mostTries is how often a command is handed to a worker: the first may have been at
// its end.
const mostTries = 2

// lost says how the worker ended; nil where it did not even begin to be one, which a
// run words itself.
func (h *hub) lost() *Error {
	h.mu.Lock()
	hello := h.hello
	h.mu.Unlock()
	if !hello && h.process.exit.signal == 0 {
		return nil
	}
	e := died(h.process.exit, "")
	e.Detail = h.output.String()
	return e
}

// end ends the worker, and whatever runs in it, and waits until it is gone.
func (h *hub) end() {
	h.mu.Lock()
	for _, c := range h.open {
		c.mu.Lock()
		if c.pid != 0 {
			killGroup(c.pid)
		}
		c.mu.Unlock()
	}
	h.mu.Unlock()
	h.process.end()
	<-h.process.done
}
