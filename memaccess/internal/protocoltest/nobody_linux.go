package protocoltest

import (
	"encoding/binary"
	"runtime"
	"syscall"
)

// Nobody is a user that tests don't run as.
const Nobody = 65534

// AsNobody says hello as another user, which takes the rights of root, in a thread
// of its own, and returns the features that it is told; -1 for a client that is not
// served.
func AsNobody(path string) (features int, err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // and never unlocked, so that the thread ends
		if _, _, e := syscall.RawSyscall(syscall.SYS_SETRESUID, Nobody, Nobody, Nobody); e != 0 {
			err = e
			return
		}
		features, err = featuresOf(path)
	}()
	<-done
	return features, err
}

func featuresOf(path string) (int, error) {
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, err
	}
	defer syscall.Close(fd)
	if err := syscall.Connect(fd, &syscall.SockaddrUnix{Name: path}); err != nil {
		return 0, err
	}
	_ = syscall.SetsockoptTimeval(fd, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &syscall.Timeval{Sec: 60})
	answer := make([]byte, 13)
	_, _ = syscall.Write(fd, Header(Hello, Magic, 0))
	switch n, err := syscall.Read(fd, answer); {
	case err == syscall.EAGAIN:
		return 0, err
	case n < len(answer):
		return -1, nil
	}
	return int(binary.LittleEndian.Uint32(answer[9:])), nil
}
