package cache

import (
	"os"
	"syscall"
)

// lock takes a lock file as the worker does, unless another process has it. Where
// there is no such file there is nothing to be locked.
func lock(path string) (release func(), free bool) {
	file, err := os.OpenFile(path, os.O_RDWR|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return func() {}, true
	}
	if syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == syscall.EWOULDBLOCK {
		_ = file.Close()
		return func() {}, false
	}
	return func() { _ = file.Close() }, true
}

// Trouble says why sessions don't use the store: "" where they do.
func (f Folder) Trouble() string {
	info, err := os.Lstat(f.Store())
	if err != nil {
		return ""
	}
	status, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case !info.IsDir():
		return "it is no folder"
	case ok && int64(status.Uid) != int64(os.Geteuid()):
		return "it belongs to another user"
	case info.Mode().Perm()&0o022 != 0:
		return "other users can write to it"
	}
	return ""
}
