package memaccess

import (
	"fmt"
	"io"
	"math"
	"net"
	"os"
	"syscall"
)

// mostFiles is how many descriptors a server may pass.
const mostFiles = 64

// noFile is the index of a run that lies in no file.
const noFile = math.MaxUint32

// getFiles asks for the descriptors and keeps them. It returns where runs lie in
// them: in order, and without those that lie in none.
func (c *Client) getFiles(l *link) ([]piece, error) {
	files, ok, err := l.receiveFiles()
	if err != nil || !ok {
		return nil, err
	}
	c.files = files // closed with the client, whatever follows
	b, err := l.block("list of descriptors")
	if err != nil {
		return nil, c.lost(err)
	}
	pieces, ok := parseFiles(b, files)
	if !ok {
		return nil, c.nonsense("its list of %d descriptors, %d bytes", len(files), len(b))
	}
	for _, f := range files {
		if err := checkFile(f); err != nil {
			return nil, c.nonsense("it passed a descriptor that is %v", err)
		}
	}
	if !c.identity.Live() {
		c.mapFiles(pieces)
	}
	return pieces, nil
}

// mapFiles maps the files of pieces. A live guest's are not: to touch a page of a
// memfd that the guest never did would allocate it.
func (c *Client) mapFiles(pieces []piece) {
	mapped := make(map[*os.File]*mapping)
	for i := range pieces {
		p := &pieces[i]
		m, known := mapped[p.file]
		if !known {
			if m = newMapping(p.file); m != nil {
				c.maps = append(c.maps, m)
			}
			mapped[p.file] = m
		}
		p.mapped = m
	}
}

// receiveFiles asks for descriptors, which come with the first byte of the answer.
// false means that the server has none.
func (l *link) receiveFiles() ([]*os.File, bool, error) {
	var conn *net.UnixConn
	if first, ok := l.conn.(plain); ok {
		conn, _ = first.Conn.(*net.UnixConn)
	}
	if conn == nil {
		return nil, false, nil
	}
	if err := l.send(typeDescriptor, 0, 0, nil); err != nil {
		return nil, false, l.client.lost(err)
	}
	_ = conn.SetReadDeadline(l.until)
	status := make([]byte, 1)
	control := make([]byte, syscall.CmsgSpace(4*mostFiles))
	n, controls, flags, _, err := conn.ReadMsgUnix(status, control)
	files, cut := takeFiles(control[:controls])
	switch {
	case err == nil && n == 0:
		err = io.ErrUnexpectedEOF
	case err == nil && (cut || flags&syscall.MSG_CTRUNC != 0):
		err = l.client.nonsense("it passed more than %d descriptors, or none that can be taken", mostFiles)
	case err == nil && status[0] > done:
		err = l.client.nonsense("an answer's status is %d", status[0])
	}
	if err != nil || status[0] != done {
		closeFiles(files)
		if err != nil {
			err = l.client.lost(err)
		}
		return nil, false, err
	}
	return files, true, nil
}

// takeFiles makes files of the descriptors in a control message; bad means that it
// is broken.
func takeFiles(control []byte) (files []*os.File, bad bool) {
	messages, err := syscall.ParseSocketControlMessage(control)
	bad = err != nil
	for _, m := range messages {
		fds, err := syscall.ParseUnixRights(&m)
		bad = bad || err != nil
		for _, fd := range fds {
			syscall.CloseOnExec(fd)
			files = append(files, os.NewFile(uintptr(fd), fmt.Sprintf("descriptor %d of the memory server", len(files))))
		}
	}
	return files, bad
}

// checkFile refuses what is no file: reading a pipe or a terminal would wait, or
// take what is another's.
func checkFile(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	switch mode := info.Mode(); {
	case mode.IsRegular(), mode&os.ModeDevice != 0 && mode&os.ModeCharDevice == 0:
		return nil
	case mode.IsDir():
		return fmt.Errorf("a folder")
	default:
		return fmt.Errorf("no file but %v", mode.Type())
	}
}

// parseFiles reads the list of descriptors; false means that it makes no sense.
func parseFiles(b []byte, files []*os.File) ([]piece, bool) {
	f := &fields{b: b}
	version, n, runs := f.u16(), f.u16(), f.u32()
	if f.short || version == 0 || int(n) != len(files) || uint64(runs)*32 > uint64(len(f.b)) {
		return nil, false
	}
	var pieces []piece
	var all []Run
	for range runs {
		run := Run{Start: f.u64(), Length: f.u64()}
		index, _, offset := f.u32(), f.u32(), f.u64()
		all = append(all, run)
		if index == noFile {
			continue
		}
		if int64(index) >= int64(len(files)) || offset > math.MaxInt64 || run.Length > math.MaxInt64-offset {
			return nil, false
		}
		pieces = append(pieces, piece{run: run, file: files[index], offset: int64(offset)})
	}
	return pieces, inOrder(all)
}
