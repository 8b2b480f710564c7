package source

import (
	"errors"
	"sort"
	"sync"

	"github.com/volint/volint/memaccess/source/internal/dumpfile"
)

const (
	keptFrames = 128 // of 64 KiB at most
	keptGroups = 128 // of 256 chunks at most
)

// unpacker reads memory out of groups of chunks. It keeps what it unpacked last.
type unpacker struct {
	file   *dumpfile.File
	mu     sync.Mutex
	groups recent[int64, []place]  // by the offset of the first chunk
	frames recent[int64, unpacked] // by the offset of the chunk's body
}

// place is where the memory of a chunk lies in its group.
type place struct {
	frame
	start uint32
}

func newUnpacker(file *dumpfile.File) *unpacker {
	return &unpacker{file: file, groups: newRecent[int64, []place](keptGroups), frames: newRecent[int64, unpacked](keptFrames)}
}

// read reads the first bytes of a packed extent; p is no longer than that.
func (u *unpacker) read(e extent, p []byte) (int, error) {
	group, err := u.group(e)
	if err != nil {
		return 0, err
	}
	at, done := e.skip, 0
	i := sort.Search(len(group), func(i int) bool { return group[i].start+group[i].length > at })
	for ; done < len(p); i++ {
		if i == len(group) {
			return done, changed(u.file, e.offset)
		}
		n, err := u.frame(group[i], at-group[i].start, p[done:])
		if err != nil {
			return done, err
		}
		done += n
		at += uint32(n)
	}
	return done, nil
}

// group finds the chunks of an extent.
func (u *unpacker) group(e extent) ([]place, error) {
	u.mu.Lock()
	group, ok := u.groups.get(e.offset)
	u.mu.Unlock()
	if ok {
		return group, nil
	}
	group, err := walkGroup(u.file, e)
	if err != nil {
		return nil, err
	}
	u.mu.Lock()
	u.groups.put(e.offset, group)
	u.mu.Unlock()
	return group, nil
}

// walkGroup goes over the chunks of an extent, those before its first address too.
func walkGroup(file *dumpfile.File, e extent) (group []place, err error) {
	w := window{file: file}
	offset, start := e.offset, uint32(0)
	for end := e.skip + uint32(e.length); start < end && len(group) < groupFrames; {
		f, err := w.nextFrame(offset)
		if bad := (*frameError)(nil); errors.As(err, &bad) {
			return nil, changed(file, bad.offset)
		}
		if err != nil {
			return nil, err
		}
		group = append(group, place{frame: f, start: start})
		offset, start = f.next(), start+f.length
	}
	return group, nil
}

func changed(file *dumpfile.File, offset int64) error {
	return file.Errorf(offset, "open it again", "the file changed since it was opened")
}

// frame copies memory of a chunk from an offset in it on, and returns how much.
func (u *unpacker) frame(f place, from uint32, p []byte) (int, error) {
	if n := u.kept(f.offset, from, p); n > 0 {
		return n, nil
	}
	if from == 0 && len(p) >= int(f.length) {
		return int(f.length), u.decode(f.frame, p[:f.length])
	}
	memory := buffers.Get().(*[maxFrame]byte)
	if err := u.decode(f.frame, memory[:f.length]); err != nil {
		buffers.Put(memory)
		return 0, err
	}
	n := copy(p, memory[from:f.length])
	u.mu.Lock()
	gone := u.frames.put(f.offset, unpacked{memory, f.length})
	u.mu.Unlock()
	if gone.memory != nil {
		buffers.Put(gone.memory)
	}
	return n, nil
}

// kept copies from a chunk's memory that is kept; 0 where it is not. Nobody else has
// the memory at hand, so that it can be used again when it is not kept any more.
func (u *unpacker) kept(offset int64, from uint32, p []byte) int {
	u.mu.Lock()
	defer u.mu.Unlock()
	f, ok := u.frames.get(offset)
	if !ok || from >= f.length { // shorter than it should be: the file changed
		return 0
	}
	return copy(p, f.memory[from:f.length])
}

// unpacked is the memory of a chunk.
type unpacked struct {
	memory *[maxFrame]byte
	length uint32
}

// buffers are for the memory of chunks.
var buffers = sync.Pool{New: func() any { return new([maxFrame]byte) }}

// bodies are buffers for chunks as they stand in a file.
var bodies = sync.Pool{New: func() any { return new([maxFrameBody]byte) }}

// decode reads a chunk and makes its memory.
func (u *unpacker) decode(f frame, dst []byte) error {
	body := bodies.Get().(*[maxFrameBody]byte)
	defer bodies.Put(body)
	if _, err := u.file.ReadFull(body[:f.size], f.offset); err != nil {
		return err
	}
	if err := f.decode(dst, body[:f.size]); err != nil {
		return u.file.Errorf(f.offset-frameHeader, "the memory around it can be read; take the dump again if you can", "%w", err)
	}
	return nil
}
