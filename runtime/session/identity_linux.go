package session

import (
	"fmt"
	"io/fs"
	"syscall"
)

// fileStatus is what the system has of a file, besides its size and its time: another
// content can be given these two, but no status of before.
func fileStatus(info fs.FileInfo) string {
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return ""
	}
	return fmt.Sprintf("%d:%d %d.%09d", s.Dev, s.Ino, s.Ctim.Sec, s.Ctim.Nsec)
}
