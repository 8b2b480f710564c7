package qemu

import (
	"bufio"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
)

// mapping is a line of /proc/PID/maps.
type mapping struct {
	start, end uint64
	shared     bool // what is written to it is seen by others who map the file
	readable   bool
	writable   bool
	offset     uint64 // in the file
	device     string // of the file, "00:01"
	inode      uint64 // of the file; 0 for none
	path       string // of the file, as the process sees it; "… (deleted)" for a memfd
}

// sameFile reports whether two mappings are of one file.
func (m mapping) sameFile(o mapping) bool { return m.device == o.device && m.inode == o.inode }

// mappings reads what a process has in its address space, by address.
func mappings(process int) ([]mapping, error) {
	f, err := os.Open(fmt.Sprintf("/proc/%d/maps", process))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var all []mapping
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if m, ok := parseMapping(lines.Text()); ok {
			all = append(all, m)
		}
	}
	return all, lines.Err()
}

// parseMapping reads a line:
//
//	7f5a40000000-7f5a80000000 rw-s 00000000 00:01 1041    /memfd:pc.ram (deleted)
func parseMapping(line string) (m mapping, ok bool) {
	var fields [5]string
	for i := range fields {
		line = strings.TrimLeft(line, " ")
		fields[i], line, _ = strings.Cut(line, " ")
	}
	start, end, ok := strings.Cut(fields[0], "-")
	var errs [4]error
	m.start, errs[0] = strconv.ParseUint(start, 16, 64)
	m.end, errs[1] = strconv.ParseUint(end, 16, 64)
	m.offset, errs[2] = strconv.ParseUint(fields[2], 16, 64)
	m.inode, errs[3] = strconv.ParseUint(fields[4], 10, 64)
	if !ok || errs != [4]error{} || len(fields[1]) != 4 || m.end <= m.start {
		return mapping{}, false
	}
	m.readable, m.writable, m.shared = fields[1][0] == 'r', fields[1][1] == 'w', fields[1][3] == 's'
	m.device, m.path = fields[3], strings.TrimLeft(line, " ")
	return m, true
}

// covering returns the mappings that hold length bytes from start on, without a
// gap; nil when there is one, or when some is only set apart and can't be read.
func covering(all []mapping, start, length uint64) []mapping {
	first := slices.IndexFunc(all, func(m mapping) bool { return m.start <= start && start < m.end })
	if first < 0 || start+length < start {
		return nil
	}
	for i := first; i < len(all); i++ {
		switch m := all[i]; {
		case !m.readable, i > first && all[i-1].end != m.start:
			return nil
		case m.end >= start+length:
			return all[first : i+1]
		}
	}
	return nil
}

// sharedFile returns the mapping by which length bytes from start on lie in one
// file that their process shares, one after the other, and where in it.
func sharedFile(all []mapping, start, length uint64) (m mapping, offset uint64, ok bool) {
	parts := covering(all, start, length)
	if parts == nil || parts[0].inode == 0 {
		return mapping{}, 0, false
	}
	m = parts[0]
	for i, part := range parts {
		// A long mapping may be in pieces, for the sake of its pages' policy.
		follows := i == 0 || parts[i-1].offset+(parts[i-1].end-parts[i-1].start) == part.offset
		if !part.shared || !part.sameFile(m) || !follows {
			return mapping{}, 0, false
		}
		m.writable = m.writable && part.writable
	}
	return m, m.offset + (start - m.start), true
}
