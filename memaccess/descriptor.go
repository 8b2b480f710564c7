package memaccess

import (
	"fmt"
	"os"
)

// descriptor answers the files that memory lies in, and where in them each run is.
func (p *peer) descriptor() error {
	files, runs := p.files(p.server.Source.Runs())
	if len(files) == 0 {
		return p.status(false)
	}
	// The descriptors ride on this answer's first byte and no other's.
	if err := p.flush(); err != nil {
		return err
	}
	if err := p.conn.pass(appendDescriptors(nil, len(files), runs), files, p.server.writeTimeout()); err != nil {
		return fmt.Errorf("passing descriptors: %w", err)
	}
	return nil
}

// files are the files that the client may have, and where the runs lie in them.
func (p *peer) files(runs []Run) ([]*os.File, []filed) {
	filer, ok := p.server.Source.(Filer)
	if !ok || !p.who.known {
		return nil, nil
	}
	var files []*os.File
	index := make(map[*os.File]uint32)
	where := make([]filed, len(runs))
	for i, run := range runs {
		where[i] = filed{Run: run, index: noDescriptor}
		file, offset := filer.File(run)
		if file == nil {
			continue
		}
		n, known := index[file]
		if !known {
			n = noDescriptor
			if len(files) < mostDescriptors && p.mayHave(file) {
				n = uint32(len(files))
				files = append(files, file)
			}
			index[file] = n
		}
		if n != noDescriptor {
			where[i].index, where[i].offset = n, uint64(offset)
		}
	}
	return files, where
}

// mayHave reports whether a client may be passed a file. Who holds a descriptor
// can open the file anew through /proc, for writing too where its mode allows, and
// whoever is not the server's own user must not get that from the server.
func (p *peer) mayHave(file *os.File) bool {
	if p.who.trusted() {
		return true
	}
	info, err := file.Stat()
	return err == nil && info.Mode().Perm()&0o022 == 0 && owner(info) >= 0 && owner(info) != p.who.uid
}
