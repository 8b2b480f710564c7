package rows

import (
	"encoding/binary"
	"math"
)

// Mixed is Mixed of proto/rows.proto.
type Mixed struct {
	Load     float64
	Share    float32
	Nice     int32
	Delta    int64
	Pid      uint32
	Address  uint64
	Priority int32
	Drift    int64
	Checksum uint32
	Cookie   uint64
	Score    int32
	Skew     int64
	Traced   bool
	Comm     string
	Stack    []byte
	State    int32
	Path     string `opt:"1"`
	Parent   uint64 `opt:"1"`
	ExitCode int32  `opt:"1"`
	Kernel   bool
	// Has has a bit for each field that may be unset, in the order of the fields.
	Has uint32
}

// Decode is the loop that one writes for this one message: the fields in their
// order, each in line, and around again where another order wants it. Text lies
// in b.
func (m *Mixed) Decode(b []byte) bool {
	*m = Mixed{}
	var has uint32
	var v uint64
	var u uint32
	i := 0
	for uint(i) < uint(len(b)) {
		start := i
		if uint(i) < uint(len(b)) && b[i] == 1<<3|1 {
			v, i = fixed64(b, i+1)
			m.Load = math.Float64frombits(v)
		}
		if uint(i) < uint(len(b)) && b[i] == 2<<3|5 {
			u, i = fixed32(b, i+1)
			m.Share = math.Float32frombits(u)
		}
		if uint(i) < uint(len(b)) && b[i] == 3<<3 {
			v, i = varint(b, i+1)
			m.Nice = int32(v)
		}
		if uint(i) < uint(len(b)) && b[i] == 4<<3 {
			v, i = varint(b, i+1)
			m.Delta = int64(v)
		}
		if uint(i) < uint(len(b)) && b[i] == 5<<3 {
			v, i = varint(b, i+1)
			m.Pid = uint32(v)
		}
		if uint(i) < uint(len(b)) && b[i] == 6<<3 {
			m.Address, i = varint(b, i+1)
		}
		if uint(i) < uint(len(b)) && b[i] == 7<<3 {
			v, i = varint(b, i+1)
			m.Priority = unzigzag32(v)
		}
		if uint(i) < uint(len(b)) && b[i] == 8<<3 {
			v, i = varint(b, i+1)
			m.Drift = unzigzag64(v)
		}
		if uint(i) < uint(len(b)) && b[i] == 9<<3|5 {
			m.Checksum, i = fixed32(b, i+1)
		}
		if uint(i) < uint(len(b)) && b[i] == 10<<3|1 {
			m.Cookie, i = fixed64(b, i+1)
		}
		if uint(i) < uint(len(b)) && b[i] == 11<<3|5 {
			u, i = fixed32(b, i+1)
			m.Score = int32(u)
		}
		if uint(i) < uint(len(b)) && b[i] == 12<<3|1 {
			v, i = fixed64(b, i+1)
			m.Skew = int64(v)
		}
		if uint(i) < uint(len(b)) && b[i] == 13<<3 {
			v, i = varint(b, i+1)
			m.Traced = v != 0
		}
		if uint(i) < uint(len(b)) && b[i] == 14<<3|2 {
			m.Comm, i = textUTF8(b, i+1)
		}
		if uint(i) < uint(len(b)) && b[i] == 15<<3|2 {
			m.Stack, i = blob(b, i+1)
		}
		if uint(i) < uint(len(b)-1) && b[i] == (16<<3)&127|128 && b[i+1] == 16>>4 {
			v, i = varint(b, i+2)
			m.State = int32(v)
		}
		if uint(i) < uint(len(b)-1) && b[i] == (17<<3|2)&127|128 && b[i+1] == 17>>4 {
			m.Path, i = textUTF8(b, i+2)
			has |= 1 << 0
		}
		if uint(i) < uint(len(b)-1) && b[i] == (18<<3)&127|128 && b[i+1] == 18>>4 {
			m.Parent, i = varint(b, i+2)
			has |= 1 << 1
		}
		if uint(i) < uint(len(b)-1) && b[i] == (19<<3)&127|128 && b[i+1] == 19>>4 {
			v, i = varint(b, i+2)
			m.ExitCode = int32(v)
			has |= 1 << 2
		}
		if uint(i) < uint(len(b)-1) && b[i] == (20<<3)&127|128 && b[i+1] == 20>>4 {
			v, i = varint(b, i+2)
			m.Kernel = v != 0
		}
		if i == start {
			i = unknown(b, i)
		}
	}
	m.Has = has
	return i == len(b)
}

// Append appends m's encoding.
func (m *Mixed) Append(b []byte) []byte {
	if math.Float64bits(m.Load) != 0 {
		b = binary.LittleEndian.AppendUint64(append(b, 1<<3|1), math.Float64bits(m.Load))
	}
	if math.Float32bits(m.Share) != 0 {
		b = binary.LittleEndian.AppendUint32(append(b, 2<<3|5), math.Float32bits(m.Share))
	}
	if m.Nice != 0 {
		b = appendVarint(append(b, 3<<3), uint64(m.Nice))
	}
	if m.Delta != 0 {
		b = appendVarint(append(b, 4<<3), uint64(m.Delta))
	}
	if m.Pid != 0 {
		b = appendVarint(append(b, 5<<3), uint64(m.Pid))
	}
	if m.Address != 0 {
		b = appendVarint(append(b, 6<<3), m.Address)
	}
	if m.Priority != 0 {
		b = appendVarint(append(b, 7<<3), zigzag32(m.Priority))
	}
	if m.Drift != 0 {
		b = appendVarint(append(b, 8<<3), zigzag64(m.Drift))
	}
	if m.Checksum != 0 {
		b = binary.LittleEndian.AppendUint32(append(b, 9<<3|5), uint32(m.Checksum))
	}
	if m.Cookie != 0 {
		b = binary.LittleEndian.AppendUint64(append(b, 10<<3|1), uint64(m.Cookie))
	}
	if m.Score != 0 {
		b = binary.LittleEndian.AppendUint32(append(b, 11<<3|5), uint32(m.Score))
	}
	if m.Skew != 0 {
		b = binary.LittleEndian.AppendUint64(append(b, 12<<3|1), uint64(m.Skew))
	}
	if m.Traced {
		b = append(b, 13<<3, 1)
	}
	if m.Comm != "" {
		b = appendText(append(b, 14<<3|2), m.Comm)
	}
	if len(m.Stack) != 0 {
		b = appendBlob(append(b, 15<<3|2), m.Stack)
	}
	if m.State != 0 {
		b = appendVarint(append(b, (16<<3)&127|128, 16>>4), uint64(m.State))
	}
	if m.Has&(1<<0) != 0 {
		b = appendText(append(b, (17<<3|2)&127|128, 17>>4), m.Path)
	}
	if m.Has&(1<<1) != 0 {
		b = appendVarint(append(b, (18<<3)&127|128, 18>>4), m.Parent)
	}
	if m.Has&(1<<2) != 0 {
		b = appendVarint(append(b, (19<<3)&127|128, 19>>4), uint64(m.ExitCode))
	}
	if m.Kernel {
		b = append(b, (20<<3)&127|128, 20>>4, 1)
	}
	return b
}
