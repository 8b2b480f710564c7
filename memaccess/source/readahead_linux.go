package source

import (
	"os"

	"golang.org/x/sys/unix"
)

// readAhead asks the kernel to bring a stretch of a file. What comes of it is no
// matter.
func readAhead(file *os.File, offset, length int64) {
	_ = unix.Fadvise(int(file.Fd()), offset, length, unix.FADV_WILLNEED)
}
