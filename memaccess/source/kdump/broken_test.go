package kdump

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/memaccess"
)

// fourPages are a dump's: of zeros, packed, zeros again, packed. The descriptors are
// at byte 16384.
func fourPages(t testing.TB, method uint32) []byte {
	t.Helper()
	memory := make(map[uint64][]byte)
	for number := range uint64(4) {
		memory[number] = make([]byte, 4096)
		if number%2 == 1 {
			copy(memory[number], strings.Repeat("page", 100*int(number)))
		}
	}
	return spec{method: method, memory: memory}.write(t)
}

const firstDescriptor = 16384

// expectError holds that an error is for users: a path, a byte, what is wrong, and
// what to do.
func expectError(t *testing.T, err error, want string) {
	t.Helper()
	var told *memaccess.Error
	if !errors.As(err, &told) || told.Hint() == "" || !strings.Contains(told.Error(), "mem.kdump: "+want) {
		t.Errorf("error %v, want one with advice that says %q", err, want)
	}
}

func TestHeaders(t *testing.T) {
	le := binary.LittleEndian
	for name, test := range map[string]struct {
		change func(dump []byte) []byte
		want   string
	}{
		"only the begin": {func(d []byte) []byte { return d[:100] },
			"at byte 100: the file ends before byte 464: unexpected EOF"},
		"no sub header": {func(d []byte) []byte { return d[:4100] },
			"at byte 4100: the file ends before byte 4200: unexpected EOF"},
		"no bitmap": {func(d []byte) []byte { return d[:8192] },
			"at byte 8192: the dump ends here, before its first page, whose descriptor is at byte 16384"},
		"no descriptors": {func(d []byte) []byte { return d[:firstDescriptor] },
			"at byte 16384: the dump ends here, before its first page, whose descriptor is at byte 16384"},
		"no pages": {func(d []byte) []byte { return d[:firstDescriptor+4*24] },
			"at byte 16480: the dump ends here; of 4 pages, 4 are lost: unexpected EOF"},
		"no such block": {func(d []byte) []byte { le.PutUint32(d[layout64.blockSize:], 5000); return d },
			"at byte 8: the header's numbers can't be: block size 5000 of a machine of 64 bits, 0 of one of 32"},
		"blocks of a GiB": {func(d []byte) []byte { le.PutUint32(d[layout64.blockSize:], 1<<30); return d },
			"at byte 8: the header's numbers can't be: block size 1073741824"},
		"big-endian": {func(d []byte) []byte {
			for _, at := range []int{8, layout64.blockSize, layout64.subBlocks, layout64.bitmapBlocks, layout64.maxPFN} {
				binary.BigEndian.PutUint32(d[at:], le.Uint32(d[at:]))
			}
			return d
		}, "at byte 8: the dump is of a big-endian machine, and only little-endian ones are read"},
		"version 7": {func(d []byte) []byte { d[8] = 7; return d }, "at byte 8: the header has version 7"},
		"version 0": {func(d []byte) []byte { d[8] = 0; return d }, "at byte 8: the header has version 0"},
		"split":     {func(d []byte) []byte { d[4096+12] = 1; return d }, "at byte 4108: the file is one part of a dump that was split"},
		"diskdump":  {func(d []byte) []byte { copy(d, "DISKDUMP"); return d }, "at byte 0: the dump is in the diskdump format, before kdump"},
		"more pages than bits": {func(d []byte) []byte { le.PutUint64(d[4096+maxPFN64:], 8*8192+1); return d },
			"at byte 8192: the bitmap has 8192 bytes, too few for 65537 pages"},
		"pages without end": {func(d []byte) []byte { le.PutUint64(d[4096+maxPFN64:], 1<<63); return d },
			"at byte 8192: the bitmap has 8192 bytes, too few for 9223372036854775808 pages"},
		"a bitmap of 2 TiB": {func(d []byte) []byte {
			le.PutUint32(d[layout64.bitmapBlocks:], 1<<29)
			le.PutUint64(d[4096+maxPFN64:], 1<<41)
			return d
		}, "at byte 1099511635968: the dump is of 2199023255552 pages, and at most 8589934592 are read"},
		"a bitmap of a GiB": {func(d []byte) []byte {
			le.PutUint32(d[layout64.bitmapBlocks:], 1<<18)
			le.PutUint64(d[4096+maxPFN64:], 1<<32)
			return d
		}, "at byte 20666: the dump ends here, before its first page, whose descriptor is at byte 1073750016"},
		"an empty bitmap": {func(d []byte) []byte { clear(d[12288:16384]); return d }, "at byte 12288: the dump has no page of memory"},
		"no page":         {func(d []byte) []byte { le.PutUint64(d[4096+maxPFN64:], 0); return d }, "at byte 12288: the dump has no page of memory"},
		"flattened otherwise": {func(d []byte) []byte { f := flatten(d, 1000); f[31] = 2; return f },
			"at byte 16: the file is flattened in a way that is not known (type 1, version 2)"},
		"flattened ELF": {func(d []byte) []byte { copy(d, "\x7fELF\x02\x01\x01\x00"); return flatten(d, 1000) },
			"at byte 4112: there is no kdump here: it begins with"},
		"flattened nothing": {func(d []byte) []byte { return flatHead() },
			"at byte 4096: the file ends before a record for byte 463 of the dump: unexpected EOF"},
		"flattened, of one record that ends nowhere": {func(d []byte) []byte {
			f := appendRecord(flatHead(), 0, nil)
			binary.BigEndian.PutUint64(f[len(f)-8:], 1<<62)
			return f
		}, "at byte 4112: the file ends before a record for byte 463 of the dump: unexpected EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := openPath(t, save(t, test.change(fourPages(t, byZlib))))
			expectError(t, err, test.want)
		})
	}
}

func TestBrokenPages(t *testing.T) {
	for name, test := range map[string]struct {
		method uint32
		change func(descriptor, page []byte)
		want   string
	}{
		"of another size": {byZlib, func(d, _ []byte) { d[8]-- }, "at byte %page: the page at 0x1000 can't be unpacked by zlib: "},
		"no size":         {byZlib, func(d, _ []byte) { clear(d[8:12]) }, "at byte 16408: the page at 0x1000 is said to take 0 bytes"},
		"a great size":    {byZlib, func(d, _ []byte) { d[11] = 0x80 }, "at byte 16408: the page at 0x1000 is said to take 2147"},
		"stored, too small": {byZlib, func(d, _ []byte) { clear(d[12:16]) },
			"at byte 16408: the page at 0x1000 is said to take"},
		"beyond everything": {byZlib, func(d, _ []byte) { d[7] = 0x80 }, "at byte 16408: the page at 0x1000 is said to be at byte 92233720"},
		"behind the end":    {byZlib, func(d, _ []byte) { d[5] = 1 }, "at byte 20666: the file ends before byte 1099511648"},
		"lost":              {byZlib, func(d, _ []byte) { clear(d) }, "at byte 16408: the page at 0x1000 was not written: the dump is incomplete"},
		"zlib":              {byZlib, func(_, p []byte) { p[10] ^= 0xff }, "at byte %page: the page at 0x1000 can't be unpacked by zlib: "},
		"lzo":               {byLZO, func(_, p []byte) { p[0] = 0xff }, "at byte %page: the page at 0x1000 can't be unpacked by LZO: "},
		"snappy":            {bySnappy, func(_, p []byte) { p[0] ^= 0xff }, "at byte %page: the page at 0x1000 can't be unpacked by snappy: it unpacks to "},
		"snappy, within":    {bySnappy, func(_, p []byte) { p[2] ^= 0xff }, "at byte %page: the page at 0x1000 can't be unpacked by snappy: "},
		"snappy of a GiB":   {bySnappy, func(_, p []byte) { copy(p, "\x80\x80\x80\x80\x04") }, "at byte %page: the page at 0x1000 can't be unpacked by snappy: it unpacks to 1073741824 bytes, and a page has 4096"},
		"zstd":              {byZstd, func(_, p []byte) { p[0] ^= 0xff }, "at byte %page: the page at 0x1000 can't be unpacked by zstd: "},
		"of another method": {byZstd, func(d, _ []byte) { d[12] = byLZO }, "at byte %page: the page at 0x1000 can't be unpacked by LZO: "},
	} {
		t.Run(name, func(t *testing.T) {
			dump := fourPages(t, test.method)
			descriptor := dump[firstDescriptor+descriptorSize:][:descriptorSize]
			at := parseDescriptor(descriptor).offset
			test.change(descriptor, dump[at:])
			memory := mustOpen(t, dump)
			got := make([]byte, 4*4096)
			n, err := memory.ReadAt(got, 0)
			if n != 4096 {
				t.Errorf("read %d bytes before the broken page", n)
			}
			expectError(t, err, strings.ReplaceAll(test.want, "%page", strconv.FormatInt(at, 10)))
			// What was good stays so.
			n, err = memory.ReadAt(got[:8192], 8192)
			if n != 8192 || err != nil || !bytes.HasPrefix(got[4096:], []byte("pagepagepage")) {
				t.Errorf("behind the broken page: %d, %v", n, err)
			}
		})
	}
}

// TestCut cuts a dump at each of many places: what is there can be read, and the
// runs and the warning say what is not.
func TestCut(t *testing.T) {
	memory := someMemory(4096)
	for _, method := range []uint32{0, byZlib, byZstd} {
		whole := spec{method: method, memory: memory}.write(t)
		for name, dump := range map[string][]byte{"plain": whole, "flattened": flatten(whole, 16384)} {
			full := mustOpen(t, dump)
			for left := 30_000; left < len(dump); left += len(dump) / 23 {
				cut, err := openPath(t, save(t, dump[:left]))
				if err != nil {
					expectError(t, err, "at byte ")
					continue
				}
				expectPart(t, name, cut, full)
			}
		}
	}
}

// expectPart holds that a dump that was cut has a part of another's memory, says so,
// and reads what it says.
func expectPart(t *testing.T, name string, cut, full memaccess.Source) {
	t.Helper()
	if warnings := cut.(memaccess.Warner).Warnings(); len(warnings) != 1 || !strings.Contains(warnings[0], "mem.kdump: at byte ") ||
		!strings.Contains(warnings[0], "are lost") {
		t.Errorf("%s: warnings %q", name, warnings)
	}
	var cutLength, fullLength uint64
	for _, run := range full.Runs() {
		fullLength += run.Length
	}
	for _, run := range cut.Runs() {
		cutLength += run.Length
		got, want := make([]byte, run.Length), make([]byte, run.Length)
		if _, err := cut.ReadAt(got, int64(run.Start)); err != nil {
			t.Errorf("%s: %v is a run, and %v", name, run, err)
		}
		if _, err := full.ReadAt(want, int64(run.Start)); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %v differs (%v)", name, run, err)
		}
	}
	if cutLength == 0 || cutLength >= fullLength {
		t.Errorf("%s: %d bytes of %d are there", name, cutLength, fullLength)
	}
}

// TestIncomplete is a dump whose writer found no more room: it says so, and the last
// descriptors are empty.
func TestIncomplete(t *testing.T) {
	dump := fourPages(t, byLZO)
	dump[layout64.status] = statusIncomplete
	clear(dump[firstDescriptor+3*descriptorSize:][:descriptorSize])
	memory := mustOpen(t, dump)
	if diff := cmp.Diff([]memaccess.Run{{Start: 0, Length: 3 * 4096}}, memory.Runs()); diff != "" {
		t.Errorf("runs (-want +got):\n%s", diff)
	}
	if warnings := memory.(memaccess.Warner).Warnings(); len(warnings) != 1 || !strings.Contains(warnings[0], "of 4 pages, 1 are lost") {
		t.Errorf("warnings %q", warnings)
	}
}

// TestCutWhileOpen cuts a file that is mapped: a page that is gone is an error, in
// the middle of the system's page too, where the mapping has zeros.
func TestCutWhileOpen(t *testing.T) {
	for _, method := range methods {
		memory := someMemory(4096)
		for number, content := range memory {
			if content != nil && isZero(content) {
				memory[number] = bytes.Repeat([]byte{1, 0}, 2048) // not shared
			}
		}
		dump := spec{method: method, memory: memory}.write(t)
		path := save(t, dump)
		open, err := openPath(t, path)
		if err != nil {
			t.Fatal(err)
		}
		full := mustOpen(t, dump)
		for left := int64(len(dump)) - 1; left > 0; left -= int64(len(dump) / 11) {
			if err := os.Truncate(path, left); err != nil {
				t.Fatal(err)
			}
			failed := 0
			for _, run := range open.Runs() {
				for at := run.Start; at < run.End(); at += 4096 {
					got, want := make([]byte, 4096), make([]byte, 4096)
					if _, err := full.ReadAt(want, int64(at)); err != nil {
						t.Fatal(err)
					}
					if n, err := open.ReadAt(got, int64(at)); err != nil {
						expectError(t, err, "at byte ")
						failed++
					} else if n != 4096 || !bytes.Equal(got, want) {
						t.Fatalf("by %#x, cut at %d: the page at %#x is another", method, left, at)
					}
				}
			}
			if failed == 0 && left < int64(len(dump))-4096 { // else zeros may have been cut
				t.Errorf("by %#x, cut at %d: all is there", method, left)
			}
		}
	}
}

func TestClose(t *testing.T) {
	memory := mustOpen(t, fourPages(t, byZlib))
	if err := memory.Close(); err != nil {
		t.Fatal(err)
	}
	if n, err := memory.ReadAt(make([]byte, 1), 0); n != 0 || !errors.Is(err, os.ErrClosed) {
		t.Errorf("read of what is closed: %d, %v", n, err)
	}
	if err := memory.Close(); err != nil {
		t.Errorf("closed again: %v", err)
	}
}
