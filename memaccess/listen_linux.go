package memaccess

import (
	"io/fs"
	"os"
	"strconv"
	"syscall"
)

// setMode sets a socket's mode, and that of nothing else that may be at its path by
// now.
func setMode(path string, mode fs.FileMode) error {
	const pathOnly = 0x200000 // O_PATH, which package syscall lacks
	fd, err := syscall.Open(path, pathOnly|syscall.O_NOFOLLOW|syscall.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer syscall.Close(fd)
	var stat syscall.Stat_t
	if err := syscall.Fstat(fd, &stat); err != nil {
		return err
	}
	if stat.Mode&syscall.S_IFMT != syscall.S_IFSOCK {
		return syscall.ENOTSOCK
	}
	return os.Chmod("/proc/self/fd/"+strconv.Itoa(fd), mode)
}
