package rows

import (
	"encoding/binary"
	"math/bits"
	"unsafe"
)

// Task is linux_pslist_task of schema/panda_vol_int.proto.
type Task struct {
	Offset    uint64 `opt:"1"`
	Name      string `opt:"1"`
	Pid       uint32 `opt:"1"`
	Uid       uint32 `opt:"1"`
	Gid       uint32 `opt:"1"`
	Dtb       uint64 `opt:"1"`
	StartTime uint64 `opt:"1"`
	// Has has a bit for each field that may be unset, in the order of the fields.
	Has uint32
}

// Decode is the loop that one writes for this one message: all numbers are read in
// one place, in line. Name lies in b.
func (t *Task) Decode(b []byte) bool {
	*t = Task{}
	var has uint32
	i := 0
	for uint(i) < uint(len(b)) {
		start := i
		tag := b[i]
		if tag == 2<<3|2 {
			from, to := span(b, i+1)
			if to < 0 {
				return false
			}
			t.Name = unsafe.String(unsafe.SliceData(b[from:]), to-from)
			has |= 1 << 1
			i = to
			continue
		}
		// Of a field that is not known this reads nonsense, which is not used.
		var v uint64
		if len(b)-i < 11 {
			if v, i = narrow(b, i+1); i < 0 {
				i = start
			}
		} else if p := b[i : i+11]; p[1] < 0x80 {
			v = uint64(p[1])
			i += 2
		} else {
			v = binary.LittleEndian.Uint64(p[1:])
			stop := ^v & 0x8080808080808080
			v &= (stop ^ (stop - 1)) & 0x7f7f7f7f7f7f7f7f
			v = v&0x7f007f007f007f00>>1 | v&0x007f007f007f007f
			v = v&0x3fff00003fff0000>>2 | v&0x00003fff00003fff
			v = v&0x0fffffff00000000>>4 | v&0x000000000fffffff
			if stop != 0 {
				i += bits.TrailingZeros64(stop)>>3 + 2
			} else {
				v |= uint64(p[9]&0x7f) << 56
				i += 10
				if p[9] >= 0x80 {
					v |= uint64(p[10]) << 63
					if i++; p[10] > 1 {
						i = start
					}
				}
			}
		}
		switch tag {
		case 1 << 3:
			t.Offset = v
			has |= 1 << 0
		case 3 << 3:
			t.Pid = uint32(v)
			has |= 1 << 2
		case 4 << 3:
			t.Uid = uint32(v)
			has |= 1 << 3
		case 5 << 3:
			t.Gid = uint32(v)
			has |= 1 << 4
		case 6 << 3:
			t.Dtb = v
			has |= 1 << 5
		case 7 << 3:
			t.StartTime = v
			has |= 1 << 6
		default:
			i = start
		}
		if i == start {
			if i = unknown(b, i); i < 0 {
				return false
			}
		}
	}
	t.Has = has
	return true
}

// Append appends t's encoding.
func (t *Task) Append(b []byte) []byte {
	if t.Has&(1<<0) != 0 {
		b = appendVarint(append(b, 1<<3), t.Offset)
	}
	if t.Has&(1<<1) != 0 {
		b = appendText(append(b, 2<<3|2), t.Name)
	}
	if t.Has&(1<<2) != 0 {
		b = appendVarint(append(b, 3<<3), uint64(t.Pid))
	}
	if t.Has&(1<<3) != 0 {
		b = appendVarint(append(b, 4<<3), uint64(t.Uid))
	}
	if t.Has&(1<<4) != 0 {
		b = appendVarint(append(b, 5<<3), uint64(t.Gid))
	}
	if t.Has&(1<<5) != 0 {
		b = appendVarint(append(b, 6<<3), t.Dtb)
	}
	if t.Has&(1<<6) != 0 {
		b = appendVarint(append(b, 7<<3), t.StartTime)
	}
	return b
}
