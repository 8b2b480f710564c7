package qemutest

import "syscall"

// endsWithParent has a process end when the thread does that starts it.
func endsWithParent() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
