//go:build !linux

package qemutest

import "syscall"

func endsWithParent() *syscall.SysProcAttr { return nil }
