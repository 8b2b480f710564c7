package rows

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// A Row is one of this package's structs.
type Row interface {
	Append([]byte) []byte
	Decode([]byte) bool
}

// A Set is a file of frames and what must be read from it.
type Set struct {
	Frames [][]byte
	Sums   Sums
	// Bytes is the size of all messages, without the frames' lengths.
	Bytes int
}

// Checked is of how many rows of a set the sums are, from the first on.
const Checked = 20_000

// Write makes the files of a set in dir: NAME.frames, and NAME.sums with a line
// for each field.
func Write[T any, P interface {
	*T
	Row
}](dir, name string, made []T) error {
	var frames []byte
	var sums Sums
	for i := range made {
		start := len(frames)
		frames = P(&made[i]).Append(append(frames, 0, 0, 0, 0))
		binary.LittleEndian.PutUint32(frames[start:], uint32(len(frames)-start-4))
		if i < Checked {
			sums.Add(&made[i])
		}
	}
	var text strings.Builder
	for _, sum := range sums {
		fmt.Fprintf(&text, "%016x\n", sum)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".frames"), frames, 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, name+".sums"), []byte(text.String()), 0o644)
}

// Read reads the files of a set.
func Read(dir, name string) (*Set, error) {
	data, err := os.ReadFile(filepath.Join(dir, name+".frames"))
	if err != nil {
		return nil, err
	}
	set := new(Set)
	for at := 0; at < len(data); {
		size := int(binary.LittleEndian.Uint32(data[at:]))
		at += 4
		set.Frames = append(set.Frames, data[at:at+size:at+size])
		set.Bytes += size
		at += size
	}
	text, err := os.ReadFile(filepath.Join(dir, name+".sums"))
	if err != nil {
		return nil, err
	}
	for _, line := range strings.Fields(string(text)) {
		sum, err := strconv.ParseUint(line, 16, 64)
		if err != nil {
			return nil, err
		}
		set.Sums = append(set.Sums, sum)
	}
	return set, nil
}
