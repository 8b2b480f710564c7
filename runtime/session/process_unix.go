//go:build unix && !linux

package session

import "syscall"

// ownGroup starts a process in a group of its own, which can be ended as a whole
// and which the terminal's Ctrl-C does not reach.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
