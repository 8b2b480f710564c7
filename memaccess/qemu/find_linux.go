package qemu

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/volint/volint/memaccess"
)

// findProcess finds the emulator at the other end of a QMP connection: the process
// that accepted it and has the guest's memory at these addresses.
//
// The kernel knows which process made the listening socket. That is QEMU, unless a
// manager such as libvirt made the socket and handed it to QEMU: then it is found
// by who holds the connection.
func findProcess(conn *net.UnixConn, path string, segments []segment) (int, []mapping, error) {
	maker, err := peer(conn)
	if err != nil {
		return 0, nil, memaccess.Errorf("", "who made the socket %s can't be told: %w", path, err)
	}
	accepted := acceptedSockets(maker, conn.RemoteAddr().String())
	var refused error
	try := func(id int) ([]mapping, bool) {
		all, err := mappings(id)
		if err != nil {
			refused = noAccess(id, err)
			return nil, false
		}
		return all, holdsAll(all, segments)
	}
	if maker > 0 && mayHold(maker, accepted) {
		if all, ok := try(maker); ok {
			return maker, all, nil
		}
	}
	for _, id := range holders(accepted) {
		if all, ok := try(id); ok {
			return id, all, nil
		}
	}
	switch {
	case refused != nil:
		return 0, nil, refused
	case maker <= 0:
		return 0, nil, memaccess.Errorf("run volint where QEMU's process can be seen, outside of its container",
			"QEMU's process can't be seen from here: who made the socket %s is in another process namespace", path)
	}
	return 0, nil, memaccess.Errorf("give QEMU's own socket, and none of a program between; or run volint as root, so that it can see which process holds the socket",
		"process %d made the socket %s, and is not the QEMU that answers on it", maker, path)
}

// peer is the process that made the listening socket, or 0 for one that can't be
// seen from here.
func peer(conn *net.UnixConn) (int, error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return 0, err
	}
	var cred *unix.Ucred
	var optErr error
	if err := raw.Control(func(fd uintptr) {
		cred, optErr = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	}); err != nil || optErr != nil {
		return 0, errors.Join(err, optErr)
	}
	return int(cred.Pid), nil
}

// holdsAll reports whether an address space has the memory of all segments.
func holdsAll(all []mapping, segments []segment) bool {
	for _, s := range segments {
		if covering(all, s.host, s.Length) == nil {
			return false
		}
	}
	return true
}

// acceptedSockets are the inodes of connections that were accepted on a socket, by
// the path that it was made with. The list of sockets is that of the maker's
// network namespace, if it can be read, since a socket is listed in its own alone.
func acceptedSockets(maker int, path string) []string {
	f, err := os.Open(fmt.Sprintf("/proc/%d/net/unix", maker))
	if err != nil {
		if f, err = os.Open("/proc/net/unix"); err != nil {
			return nil
		}
	}
	defer f.Close()
	var inodes []string
	for lines := bufio.NewScanner(f); lines.Scan(); {
		// Num RefCount Protocol Flags Type St Inode Path
		const connected = "03"
		fields := strings.Fields(lines.Text())
		if len(fields) >= 8 && fields[5] == connected && strings.HasSuffix(lines.Text(), " "+path) {
			inodes = append(inodes, fields[6])
		}
	}
	return inodes
}

// holders are the processes that hold one of these sockets, of those that may be
// looked at.
func holders(inodes []string) []int {
	if len(inodes) == 0 {
		return nil
	}
	entries, _ := os.ReadDir("/proc")
	var ids []int
	for _, e := range entries {
		if id, err := strconv.Atoi(e.Name()); err == nil && id != os.Getpid() && holdsSocket(id, inodes) {
			ids = append(ids, id)
		}
	}
	return ids
}

// mayHold reports whether a process holds one of these sockets, or may do so for
// all that can be seen.
func mayHold(id int, inodes []string) bool {
	_, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", id))
	return len(inodes) == 0 || errors.Is(err, fs.ErrPermission) || holdsSocket(id, inodes)
}

func holdsSocket(id int, inodes []string) bool {
	dir := fmt.Sprintf("/proc/%d/fd", id)
	entries, _ := os.ReadDir(dir)
	return slices.ContainsFunc(entries, func(e os.DirEntry) bool {
		target, err := os.Readlink(filepath.Join(dir, e.Name()))
		inode, ok := strings.CutPrefix(target, "socket:[")
		return err == nil && ok && slices.Contains(inodes, strings.TrimSuffix(inode, "]"))
	})
}
