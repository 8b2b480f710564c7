package memaccess

import (
	"os"
	"sort"
)

// view is a dump's memory, mapped. Only the system reads it, when an answer is sent
// from it: where the file was cut since, that is an error of the call, and a program
// that looked by itself would be killed. A guest's memory is not mapped, since
// reading pages that the guest never touched would allocate them.
type view struct {
	parts []viewPart
	maps  []*mapping
}

// viewPart is the memory at some addresses.
type viewPart struct {
	start uint64
	mem   []byte
}

// newView maps what it can of a source, which may be nothing.
func newView(source Source) view {
	var v view
	filer, ok := source.(Filer)
	if !ok || !canGather || source.Identity().Live() {
		return v
	}
	whole := make(map[*os.File]*mapping)
	for _, run := range source.Runs() {
		file, offset := filer.File(run)
		if file == nil || offset < 0 {
			continue
		}
		m, known := whole[file]
		if !known {
			if m = newMapping(file); m != nil {
				v.maps = append(v.maps, m)
			}
			whole[file] = m
		}
		// A header may promise more than there is.
		if start := uint64(offset); m != nil && start < uint64(len(m.data)) {
			end := start + min(run.Length, uint64(len(m.data))-start)
			v.parts = append(v.parts, viewPart{run.Start, m.data[start:end:end]})
		}
	}
	return v
}

// find returns the n bytes at addr if one part has them all. They are not to be
// looked at.
func (v *view) find(addr, n uint64) []byte {
	if v == nil || n == 0 {
		return nil
	}
	i := sort.Search(len(v.parts), func(i int) bool { return v.parts[i].start > addr }) - 1
	if i < 0 {
		return nil
	}
	mem := v.parts[i].mem
	offset := addr - v.parts[i].start
	if offset >= uint64(len(mem)) || n > uint64(len(mem))-offset {
		return nil
	}
	return mem[offset : offset+n]
}

func (v *view) close() {
	for _, m := range v.maps {
		m.close()
	}
	*v = view{}
}
