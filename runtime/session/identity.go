package session

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"os"
)

// Of a dump, this many blocks of this size are looked at, spread over the file: a
// quarter of a megabyte, whatever the dump's size.
const (
	sampledBlocks = 64
	sampledSize   = 4096
)

// identity is a name for what a dump holds, the same as long as the file is: by its
// size, its times, where it lies on disk, and samples of its content. What a worker
// finds out about the dump is kept under that name. format is what the dump is to be
// read as, "" by its content. It is "" where none can be told: of what is no plain
// file, such as a socket or a device.
func identity(path, format string) string {
	// Opening what is no file may wait for ever.
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return ""
	}
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Size() == 0 {
		return ""
	}
	status := fileStatus(info)
	if status == "" {
		return ""
	}
	h := sha256.New()
	fmt.Fprintf(h, "dump 1\n%q %d %d %s\n", format, info.Size(), info.ModTime().UnixNano(), status)
	if !sample(h, f, info.Size()) {
		return ""
	}
	return hex.EncodeToString(h.Sum(nil))
}

// sample writes blocks of a file of size bytes to h, the first and the last among
// them.
func sample(h io.Writer, f io.ReaderAt, size int64) bool {
	block := make([]byte, min(sampledSize, size))
	last := size - int64(len(block))
	for i := range int64(sampledBlocks) {
		// last/63*i, without what that loses or overflows.
		at := last/(sampledBlocks-1)*i + last%(sampledBlocks-1)*i/(sampledBlocks-1)
		if _, err := f.ReadAt(block, at); err != nil && err != io.EOF {
			return false
		}
		var place [8]byte
		binary.LittleEndian.PutUint64(place[:], uint64(at))
		_, _ = h.Write(place[:])
		_, _ = h.Write(block)
	}
	return true
}
