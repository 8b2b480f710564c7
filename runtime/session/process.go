package session

import (
	"os"
	"os/exec"
	"sync"
	"syscall"
)

// process is a Python of its own process group.
type process struct {
	cmd *exec.Cmd
	// lifeline is its standard input. It carries the bundle, and then nothing: the
	// worker ends itself when it is closed, as the system does when this program
	// goes.
	lifeline *os.File

	kill sync.Once
	// done is closed when the process has ended; exit is how.
	done chan struct{}
	exit exit
}

// exit is how a process ended.
type exit struct {
	// known is false where nobody tells: this program ignores SIGCHLD, or what would
	// have told has ended first.
	known  bool
	status int
	signal syscall.Signal // not 0 where one ended the process
}

// well reports whether nothing is known to be wrong.
func (e exit) well() bool { return !e.known || e.status == 0 && e.signal == 0 }

func exitOf(state *os.ProcessState) exit {
	if state == nil {
		return exit{}
	}
	status, _ := state.Sys().(syscall.WaitStatus)
	if status.Signaled() {
		return exit{known: true, signal: status.Signal()}
	}
	return exit{known: true, status: status.ExitStatus()}
}

// startProcess starts python with code, and hands it stdin; output becomes its
// standard output and error, and files its descriptors from 3 on.
func startProcess(python, code string, stdin []byte, output *os.File, files ...*os.File) (*process, error) {
	theirs, lifeline, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer theirs.Close()
	p := &process{lifeline: lifeline, done: make(chan struct{})}
	p.cmd = exec.Command(python, "-c", code)
	p.cmd.Env = append(os.Environ(), "PYTHONIOENCODING=utf-8:replace")
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = theirs, output, output
	p.cmd.ExtraFiles = files
	// A group of its own can be ended as a whole, and the terminal's Ctrl-C does not
	// reach it. The worker ends the group itself when this program goes: the system
	// would end the worker alone, before it could.
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := p.cmd.Start(); err != nil {
		_ = lifeline.Close()
		return nil, err
	}
	go p.wait()
	// The worker may end before it has read all of it: what it says then counts.
	go func() { _, _ = p.lifeline.Write(stdin) }()
	return p, nil
}

func (p *process) wait() {
	_ = p.cmd.Wait()
	// What the worker has left behind holds on to the pipes. The group's number is not
	// given to another as long as a process is in it; if none is, there is most likely
	// no such group now.
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	p.exit = exitOf(p.cmd.ProcessState)
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
