package source

import (
	"bytes"
	"compress/zlib"
	"debug/elf"
	"io"
	"strings"

	"github.com/volint/volint/memaccess"
	"github.com/volint/volint/memaccess/source/kdump"
)

// detect tells a format by the first bytes of a file.
func detect(path string, head []byte) (string, error) {
	begins := func(magic string) bool { return strings.HasPrefix(string(head[:min(len(head), 8)]), magic) }
	switch {
	case kdump.Is(head):
		return formatKdump, nil
	case begins("EMiL"):
		return formatLiME, nil
	case begins("AVML"):
		return formatAVML, nil
	case begins(elf.ELFMAG):
		return formatELF, nil
	}
	if tool := packedBy(head); tool != "" {
		return "", memaccess.Errorf("unpack it with "+tool+"; to read it as it is, say raw:"+path,
			"%s is compressed as a whole, so that nothing in it can be found", path)
	}
	return formatRaw, nil
}

// packers are what a dump is compressed with to be sent or put away.
var packers = []struct{ magic, tool string }{
	{"\x1f\x8b\x08", "gzip -d"},
	{"\xfd7zXZ\x00", "xz -d"},
	{"\x28\xb5\x2f\xfd", "zstd -d"},
	{"\x04\x22\x4d\x18", "lz4 -d"},
	{"BZh", "bzip2 -d"},
	{"PK\x03\x04", "unzip"},
	{"7z\xbc\xaf\x27\x1c", "7z x"},
}

// packedBy is the tool that unpacks a file, or "" for one that is not compressed.
func packedBy(head []byte) string {
	for _, p := range packers {
		if bytes.HasPrefix(head, []byte(p.magic)) {
			return p.tool
		}
	}
	// LiME's compress=1. Its magic is of two bytes, which memory may begin with, so
	// that what comes out counts.
	if r, err := zlib.NewReader(bytes.NewReader(head)); err == nil {
		first := make([]byte, len(limeMagic))
		if _, err := io.ReadFull(r, first); err == nil && string(first) == limeMagic {
			return "pigz -d -z, or Python's zlib"
		}
	}
	return ""
}
