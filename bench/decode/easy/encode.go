package easy

import (
	"github.com/VictoriaMetrics/easyproto"

	"github.com/volint/volint/bench/decode/rows"
)

var pool easyproto.MarshalerPool

// Append appends the encoding of one of the plain rows.
func Append(b []byte, row any) []byte {
	m := pool.Get()
	out := m.MessageMarshaler()
	switch row := row.(type) {
	case *rows.Task:
		task(out, row)
	case *rows.Mixed:
		mixed(out, row)
	case *rows.Symbol:
		symbol(out, row)
	case *rows.Process:
		process(out, row)
	}
	b = m.Marshal(b)
	pool.Put(m)
	return b
}

func task(out *easyproto.MessageMarshaler, t *rows.Task) {
	if t.Has&(1<<0) != 0 {
		out.AppendUint64(1, t.Offset)
	}
	if t.Has&(1<<1) != 0 {
		out.AppendString(2, t.Name)
	}
	if t.Has&(1<<2) != 0 {
		out.AppendUint32(3, t.Pid)
	}
	if t.Has&(1<<3) != 0 {
		out.AppendUint32(4, t.Uid)
	}
	if t.Has&(1<<4) != 0 {
		out.AppendUint32(5, t.Gid)
	}
	if t.Has&(1<<5) != 0 {
		out.AppendUint64(6, t.Dtb)
	}
	if t.Has&(1<<6) != 0 {
		out.AppendUint64(7, t.StartTime)
	}
}

func symbol(out *easyproto.MessageMarshaler, s *rows.Symbol) {
	out.AppendUint64(1, s.Address)
	out.AppendString(2, s.Kind)
	if s.Has&(1<<0) != 0 {
		out.AppendUint64(3, s.Size)
	}
	out.AppendBool(4, s.Exported)
	out.AppendString(5, s.Subsystem)
	out.AppendString(6, s.Module)
	out.AppendString(7, s.Name)
	out.AppendString(8, s.Description)
}

// mixed writes int32 as int64: easyproto's AppendInt32 cuts negative numbers off
// after five bytes.
func mixed(out *easyproto.MessageMarshaler, m *rows.Mixed) {
	out.AppendDouble(1, m.Load)
	out.AppendFloat(2, m.Share)
	out.AppendInt64(3, int64(m.Nice))
	out.AppendInt64(4, m.Delta)
	out.AppendUint32(5, m.Pid)
	out.AppendUint64(6, m.Address)
	out.AppendSint32(7, m.Priority)
	out.AppendSint64(8, m.Drift)
	out.AppendFixed32(9, m.Checksum)
	out.AppendFixed64(10, m.Cookie)
	out.AppendSfixed32(11, m.Score)
	out.AppendSfixed64(12, m.Skew)
	out.AppendBool(13, m.Traced)
	out.AppendString(14, m.Comm)
	out.AppendBytes(15, m.Stack)
	out.AppendInt64(16, int64(m.State))
	if m.Has&(1<<0) != 0 {
		out.AppendString(17, m.Path)
	}
	if m.Has&(1<<1) != 0 {
		out.AppendUint64(18, m.Parent)
	}
	if m.Has&(1<<2) != 0 {
		out.AppendInt64(19, int64(m.ExitCode))
	}
	out.AppendBool(20, m.Kernel)
}

func process(out *easyproto.MessageMarshaler, p *rows.Process) {
	out.AppendUint64(1, p.Offset)
	out.AppendString(2, p.Name)
	out.AppendUint32(3, p.Pid)
	for i := range p.Threads {
		t := out.AppendMessage(4)
		t.AppendUint32(1, p.Threads[i].Tid)
		t.AppendUint64(2, p.Threads[i].Address)
	}
	for _, s := range p.Args {
		out.AppendString(5, s)
	}
	out.AppendUint64s(6, p.Pages)
	if p.Has&1 != 0 {
		c := out.AppendMessage(7)
		c.AppendUint32(1, p.Cred.Uid)
		c.AppendUint32(2, p.Cred.Gid)
		c.AppendUint64(3, p.Cred.Capabilities)
	}
	for key, value := range p.Limits {
		l := out.AppendMessage(8)
		l.AppendString(1, key)
		l.AppendUint64(2, value)
	}
}
