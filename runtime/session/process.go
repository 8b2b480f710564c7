package session

import (
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// graceForPipes is how long the pipes that the worker's output came through are
// read after it ended, where something that it started holds on to them.
const graceForPipes = time.Second

// process is a worker: a Python of its own process group, and the ends of its
// pipes that are ours.
type process struct {
	cmd *exec.Cmd
	// frames and control are its descriptors 3 and 4, output its standard output
	// and error.
	frames, control, output *os.File
	// lifeline is its standard input. It carries the bundle, and then nothing: the
	// worker ends itself when it is closed, as the system does when this program
	// goes.
	lifeline *os.File

	kill sync.Once
	// done is closed when the process has ended; state is how, nil where this
	// program ignores SIGCHLD and is not told.
	done  chan struct{}
	state *os.ProcessState
}

// startProcess starts python with code, and hands it stdin.
func startProcess(python, code string, stdin []byte) (*process, error) {
	p := &process{done: make(chan struct{})}
	var theirs []*os.File
	defer func() { closeAll(theirs) }()
	pipe := func(ours **os.File, forReading bool) (*os.File, error) {
		r, w, err := os.Pipe()
		if err != nil {
			return nil, err
		}
		if !forReading {
			r, w = w, r
		}
		*ours = r
		theirs = append(theirs, w)
		return w, nil
	}
	var err error
	for _, end := range []struct {
		ours    **os.File
		reading bool
	}{{&p.lifeline, false}, {&p.output, true}, {&p.frames, true}, {&p.control, true}} {
		if _, err = pipe(end.ours, end.reading); err != nil {
			p.closePipes()
			return nil, err
		}
	}
	p.cmd = exec.Command(python, "-c", code)
	p.cmd.Env = append(os.Environ(), "PYTHONIOENCODING=utf-8:replace")
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = theirs[0], theirs[1], theirs[1]
	p.cmd.ExtraFiles = theirs[2:]
	// A group of its own can be ended as a whole, and the terminal's Ctrl-C does not
	// reach it. The worker ends the group itself when this program goes: the system
	// would end the worker alone, before it could.
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := p.cmd.Start(); err != nil {
		p.closePipes()
		return nil, err
	}
	go func() {
		_ = p.cmd.Wait()
		p.ended()
	}()
	// The worker may end before it has read all of it: what it says then counts.
	go func() { _, _ = p.lifeline.Write(stdin) }()
	return p, nil
}

// ended ends what the worker has left behind, so that the pipes end too.
func (p *process) ended() {
	// The group's number is not given to another as long as a process is in it; if
	// none is, there is most likely no such group now.
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	p.state = p.cmd.ProcessState
	deadline := time.Now().Add(graceForPipes)
	_ = p.control.SetReadDeadline(deadline)
	_ = p.output.SetReadDeadline(deadline)
	_ = p.lifeline.Close()
	close(p.done)
}

// end kills the worker and what it started, at once.
func (p *process) end() {
	p.kill.Do(func() {
		select {
		case <-p.done:
		default:
			_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
		}
	})
}

func (p *process) closePipes() {
	closeAll([]*os.File{p.lifeline, p.output, p.frames, p.control})
}

func closeAll(files []*os.File) {
	for _, f := range files {
		if f != nil {
			_ = f.Close()
		}
	}
}
