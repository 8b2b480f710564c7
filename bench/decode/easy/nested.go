package easy

import (
	"github.com/VictoriaMetrics/easyproto"

	"github.com/volint/volint/bench/decode/rows"
)

// Process decodes a row with others in it. It uses the slices and the map of the row
// before again.
func Process(p *rows.Process, src []byte) (err error) {
	clear(p.Limits)
	*p = rows.Process{Threads: p.Threads[:0], Args: p.Args[:0], Pages: p.Pages[:0], Limits: p.Limits}
	if p.Limits == nil {
		p.Limits = make(map[string]uint64)
	}
	var fc easyproto.FieldContext
	for len(src) > 0 {
		if src, err = fc.NextField(src); err != nil {
			return err
		}
		var ok bool
		var inner []byte
		var text string
		switch fc.FieldNum {
		case 1:
			p.Offset, ok = fc.Uint64()
		case 2:
			p.Name, ok = fc.String()
		case 3:
			p.Pid, ok = fc.Uint32()
		case 4:
			inner, ok = fc.MessageData()
			p.Threads = append(p.Threads, rows.Thread{})
			ok = ok && thread(&p.Threads[len(p.Threads)-1], inner)
		case 5:
			text, ok = fc.String()
			p.Args = append(p.Args, text)
		case 6:
			p.Pages, ok = fc.UnpackUint64s(p.Pages)
		case 7:
			inner, ok = fc.MessageData()
			ok = ok && credentials(&p.Cred, inner)
			p.Has = 1
		case 8:
			inner, ok = fc.MessageData()
			ok = ok && limit(p.Limits, inner)
		default:
			ok = true
		}
		if !ok {
			return bad("a process")
		}
	}
	return nil
}

func thread(t *rows.Thread, src []byte) bool {
	var fc easyproto.FieldContext
	var err error
	for len(src) > 0 {
		if src, err = fc.NextField(src); err != nil {
			return false
		}
		ok := true
		switch fc.FieldNum {
		case 1:
			t.Tid, ok = fc.Uint32()
		case 2:
			t.Address, ok = fc.Uint64()
		}
		if !ok {
			return false
		}
	}
	return true
}

func credentials(c *rows.Credentials, src []byte) bool {
	var fc easyproto.FieldContext
	var err error
	for len(src) > 0 {
		if src, err = fc.NextField(src); err != nil {
			return false
		}
		ok := true
		switch fc.FieldNum {
		case 1:
			c.Uid, ok = fc.Uint32()
		case 2:
			c.Gid, ok = fc.Uint32()
		case 3:
			c.Capabilities, ok = fc.Uint64()
		}
		if !ok {
			return false
		}
	}
	return true
}

func limit(to map[string]uint64, src []byte) bool {
	var key string
	var value uint64
	var fc easyproto.FieldContext
	var err error
	for len(src) > 0 {
		if src, err = fc.NextField(src); err != nil {
			return false
		}
		ok := true
		switch fc.FieldNum {
		case 1:
			key, ok = fc.String()
		case 2:
			value, ok = fc.Uint64()
		}
		if !ok {
			return false
		}
	}
	to[key] = value
	return true
}
