package session

import "syscall"

// ownGroup starts a process in a group of its own, which can be ended as a whole
// and which the terminal's Ctrl-C does not reach, and has the system kill it when
// this program goes.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
