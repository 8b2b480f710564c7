package rows

import (
	"math/bits"
	"slices"
)

// Process is Process of proto/nested.proto.
type Process struct {
	Offset  uint64
	Name    string
	Pid     uint32
	Threads []Thread
	Args    []string
	Pages   []uint64
	Cred    Credentials `opt:"1"`
	Limits  map[string]uint64
	// Has has a bit for each field that may be unset, in the order of the fields.
	Has uint32
}

// Thread is Thread of proto/nested.proto.
type Thread struct {
	Tid     uint32
	Address uint64
}

// Credentials is Credentials of proto/nested.proto.
type Credentials struct {
	Uid          uint32
	Gid          uint32
	Capabilities uint64
}

// limit is an entry of the map limits.
type limit struct {
	Key   string
	Value uint64
}

// Decode is the loop that one writes for this one message. It uses the slices and
// the map of the row before again; text lies in b.
func (p *Process) Decode(b []byte) bool {
	clear(p.Limits)
	*p = Process{Threads: p.Threads[:0], Args: p.Args[:0], Pages: p.Pages[:0], Limits: p.Limits}
	var v uint64
	var s string
	var inner []byte
	i := 0
	for uint(i) < uint(len(b)) {
		start := i
		if uint(i) < uint(len(b)) && b[i] == 1<<3 {
			p.Offset, i = varint(b, i+1)
		}
		if uint(i) < uint(len(b)) && b[i] == 2<<3|2 {
			p.Name, i = textUTF8(b, i+1)
		}
		if uint(i) < uint(len(b)) && b[i] == 3<<3 {
			v, i = varint(b, i+1)
			p.Pid = uint32(v)
		}
		for uint(i) < uint(len(b)) && b[i] == 4<<3|2 {
			inner, i = blob(b, i+1)
			var t Thread
			if !t.decode(inner) {
				return false
			}
			p.Threads = append(p.Threads, t)
		}
		for uint(i) < uint(len(b)) && b[i] == 5<<3|2 {
			s, i = textUTF8(b, i+1)
			p.Args = append(p.Args, s)
		}
		for uint(i) < uint(len(b)) && b[i] == 6<<3|2 {
			inner, i = blob(b, i+1)
			for j := 0; j < len(inner); {
				if v, j = varint(inner, j); j < 0 {
					return false
				}
				p.Pages = append(p.Pages, v)
			}
		}
		if uint(i) < uint(len(b)) && b[i] == 7<<3|2 {
			inner, i = blob(b, i+1)
			if !p.Cred.decode(inner) {
				return false
			}
			p.Has = 1
		}
		for uint(i) < uint(len(b)) && b[i] == 8<<3|2 {
			inner, i = blob(b, i+1)
			var l limit
			if !l.decode(inner) {
				return false
			}
			if p.Limits == nil {
				p.Limits = make(map[string]uint64)
			}
			p.Limits[l.Key] = l.Value
		}
		if i == start {
			i = unknown(b, i)
		}
	}
	return i == len(b)
}

func (t *Thread) decode(b []byte) bool {
	var v uint64
	i := 0
	for uint(i) < uint(len(b)) {
		start := i
		if uint(i) < uint(len(b)) && b[i] == 1<<3 {
			v, i = varint(b, i+1)
			t.Tid = uint32(v)
		}
		if uint(i) < uint(len(b)) && b[i] == 2<<3 {
			t.Address, i = varint(b, i+1)
		}
		if i == start {
			i = unknown(b, i)
		}
	}
	return i == len(b)
}

func (c *Credentials) decode(b []byte) bool {
	var v uint64
	i := 0
	for uint(i) < uint(len(b)) {
		start := i
		if uint(i) < uint(len(b)) && b[i] == 1<<3 {
			v, i = varint(b, i+1)
			c.Uid = uint32(v)
		}
		if uint(i) < uint(len(b)) && b[i] == 2<<3 {
			v, i = varint(b, i+1)
			c.Gid = uint32(v)
		}
		if uint(i) < uint(len(b)) && b[i] == 3<<3 {
			c.Capabilities, i = varint(b, i+1)
		}
		if i == start {
			i = unknown(b, i)
		}
	}
	return i == len(b)
}

func (l *limit) decode(b []byte) bool {
	i := 0
	for uint(i) < uint(len(b)) {
		start := i
		if uint(i) < uint(len(b)) && b[i] == 1<<3|2 {
			l.Key, i = textUTF8(b, i+1)
		}
		if uint(i) < uint(len(b)) && b[i] == 2<<3 {
			l.Value, i = varint(b, i+1)
		}
		if i == start {
			i = unknown(b, i)
		}
	}
	return i == len(b)
}

// Append appends p's encoding. All messages in it are shorter than 128 bytes. The
// map is in the order of its keys.
func (p *Process) Append(b []byte) []byte {
	if p.Offset != 0 {
		b = appendVarint(append(b, 1<<3), p.Offset)
	}
	if p.Name != "" {
		b = appendText(append(b, 2<<3|2), p.Name)
	}
	if p.Pid != 0 {
		b = appendVarint(append(b, 3<<3), uint64(p.Pid))
	}
	for _, t := range p.Threads {
		b = t.append(append(b, 4<<3|2, 0))
	}
	for _, s := range p.Args {
		b = appendText(append(b, 5<<3|2), s)
	}
	if len(p.Pages) != 0 {
		size := 0
		for _, v := range p.Pages {
			size += varintSize(v)
		}
		b = appendVarint(append(b, 6<<3|2), uint64(size))
		for _, v := range p.Pages {
			b = appendVarint(b, v)
		}
	}
	if p.Has&1 != 0 {
		b = p.Cred.append(append(b, 7<<3|2, 0))
	}
	var room [8]string
	keys := room[:0]
	for key := range p.Limits {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		value := p.Limits[key]
		b = append(b, 8<<3|2, byte(3+len(key)+varintSize(value)), 1<<3|2)
		b = appendText(b, key)
		b = appendVarint(append(b, 2<<3), value)
	}
	return b
}

// append fills the length in that stands before it.
func (t *Thread) append(b []byte) []byte {
	start := len(b)
	if t.Tid != 0 {
		b = appendVarint(append(b, 1<<3), uint64(t.Tid))
	}
	if t.Address != 0 {
		b = appendVarint(append(b, 2<<3), t.Address)
	}
	b[start-1] = byte(len(b) - start)
	return b
}

func (c *Credentials) append(b []byte) []byte {
	start := len(b)
	if c.Uid != 0 {
		b = appendVarint(append(b, 1<<3), uint64(c.Uid))
	}
	if c.Gid != 0 {
		b = appendVarint(append(b, 2<<3), uint64(c.Gid))
	}
	if c.Capabilities != 0 {
		b = appendVarint(append(b, 3<<3), c.Capabilities)
	}
	b[start-1] = byte(len(b) - start)
	return b
}

func varintSize(v uint64) int { return (bits.Len64(v|1) + 6) / 7 }
