// Package easy decodes and encodes the measured rows by easyproto, in the way that
// its manual shows: a loop over the fields, into the plain structs. It takes a
// string for what it is, without a look at its UTF-8, and leaves text in the frame.
package easy

import (
	"fmt"

	"github.com/VictoriaMetrics/easyproto"

	"github.com/volint/volint/bench/decode/rows"
)

// bad is the error for a value that can't be read.
func bad(what string) error { return fmt.Errorf("cannot read %s", what) }

// Task decodes a row of linux_pslist.
func Task(t *rows.Task, src []byte) (err error) {
	*t = rows.Task{}
	var fc easyproto.FieldContext
	for len(src) > 0 {
		if src, err = fc.NextField(src); err != nil {
			return err
		}
		var ok bool
		switch fc.FieldNum {
		case 1:
			t.Offset, ok = fc.Uint64()
			t.Has |= 1 << 0
		case 2:
			t.Name, ok = fc.String()
			t.Has |= 1 << 1
		case 3:
			t.Pid, ok = fc.Uint32()
			t.Has |= 1 << 2
		case 4:
			t.Uid, ok = fc.Uint32()
			t.Has |= 1 << 3
		case 5:
			t.Gid, ok = fc.Uint32()
			t.Has |= 1 << 4
		case 6:
			t.Dtb, ok = fc.Uint64()
			t.Has |= 1 << 5
		case 7:
			t.StartTime, ok = fc.Uint64()
			t.Has |= 1 << 6
		default:
			ok = true
		}
		if !ok {
			return bad("a task")
		}
	}
	return nil
}

// Symbol decodes a row of linux.kallsyms.
func Symbol(s *rows.Symbol, src []byte) (err error) {
	*s = rows.Symbol{}
	var fc easyproto.FieldContext
	for len(src) > 0 {
		if src, err = fc.NextField(src); err != nil {
			return err
		}
		var ok bool
		switch fc.FieldNum {
		case 1:
			s.Address, ok = fc.Uint64()
		case 2:
			s.Kind, ok = fc.String()
		case 3:
			s.Size, ok = fc.Uint64()
			s.Has |= 1 << 0
		case 4:
			s.Exported, ok = fc.Bool()
		case 5:
			s.Subsystem, ok = fc.String()
		case 6:
			s.Module, ok = fc.String()
		case 7:
			s.Name, ok = fc.String()
		case 8:
			s.Description, ok = fc.String()
		default:
			ok = true
		}
		if !ok {
			return bad("a symbol")
		}
	}
	return nil
}

// Mixed decodes a row of 20 fields.
func Mixed(m *rows.Mixed, src []byte) (err error) {
	*m = rows.Mixed{}
	var fc easyproto.FieldContext
	var wide int64 // easyproto's Int32 refuses negative numbers as protobuf writes them
	for len(src) > 0 {
		if src, err = fc.NextField(src); err != nil {
			return err
		}
		var ok bool
		switch fc.FieldNum {
		case 1:
			m.Load, ok = fc.Double()
		case 2:
			m.Share, ok = fc.Float()
		case 3:
			wide, ok = fc.Int64()
			m.Nice = int32(wide)
		case 4:
			m.Delta, ok = fc.Int64()
		case 5:
			m.Pid, ok = fc.Uint32()
		case 6:
			m.Address, ok = fc.Uint64()
		case 7:
			m.Priority, ok = fc.Sint32()
		case 8:
			m.Drift, ok = fc.Sint64()
		case 9:
			m.Checksum, ok = fc.Fixed32()
		case 10:
			m.Cookie, ok = fc.Fixed64()
		case 11:
			m.Score, ok = fc.Sfixed32()
		case 12:
			m.Skew, ok = fc.Sfixed64()
		case 13:
			m.Traced, ok = fc.Bool()
		case 14:
			m.Comm, ok = fc.String()
		case 15:
			m.Stack, ok = fc.Bytes()
		case 16:
			wide, ok = fc.Int64()
			m.State = int32(wide)
		case 17:
			m.Path, ok = fc.String()
			m.Has |= 1 << 0
		case 18:
			m.Parent, ok = fc.Uint64()
			m.Has |= 1 << 1
		case 19:
			wide, ok = fc.Int64()
			m.ExitCode = int32(wide)
			m.Has |= 1 << 2
		case 20:
			m.Kernel, ok = fc.Bool()
		default:
			ok = true
		}
		if !ok {
			return bad("a mixed row")
		}
	}
	return nil
}
