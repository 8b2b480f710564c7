package rows

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

// Decode is the loop that one writes for this one message: the fields in their
// order, each in line, and around again where another order wants it. Text lies
// in b.
func (t *Task) Decode(b []byte) bool {
	*t = Task{}
	var has uint32
	var v uint64
	i := 0
	for uint(i) < uint(len(b)) {
		start := i
		if uint(i) < uint(len(b)) && b[i] == 1<<3 {
			t.Offset, i = varint(b, i+1)
			has |= 1 << 0
		}
		if uint(i) < uint(len(b)) && b[i] == 2<<3|2 {
			t.Name, i = text(b, i+1)
			has |= 1 << 1
		}
		if uint(i) < uint(len(b)) && b[i] == 3<<3 {
			v, i = varint(b, i+1)
			t.Pid = uint32(v)
			has |= 1 << 2
		}
		if uint(i) < uint(len(b)) && b[i] == 4<<3 {
			v, i = varint(b, i+1)
			t.Uid = uint32(v)
			has |= 1 << 3
		}
		if uint(i) < uint(len(b)) && b[i] == 5<<3 {
			v, i = varint(b, i+1)
			t.Gid = uint32(v)
			has |= 1 << 4
		}
		if uint(i) < uint(len(b)) && b[i] == 6<<3 {
			t.Dtb, i = varint(b, i+1)
			has |= 1 << 5
		}
		if uint(i) < uint(len(b)) && b[i] == 7<<3 {
			t.StartTime, i = varint(b, i+1)
			has |= 1 << 6
		}
		if i == start {
			i = unknown(b, i)
		}
	}
	t.Has = has
	return i == len(b)
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
