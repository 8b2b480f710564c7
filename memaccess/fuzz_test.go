package memaccess

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"os"
	"syscall"
	"testing"
	"time"
)

// flat is a guest whose memory lies in two runs; the byte at an address is the
// address's lowest. It stands while stopped is set, was reset, and can be written
// but for its second run.
type flat struct {
	stopped bool
	written map[uint64]byte
}

func (f *flat) ReadAt(p []byte, off int64) (int, error) {
	for i := range p {
		addr := uint64(off) + uint64(i)
		p[i] = byte(addr)
		if b, ok := f.written[addr]; ok {
			p[i] = b
		}
	}
	return len(p), nil
}

// ReadVector reads a range after the other.
func (f *flat) ReadVector(ranges []Range) error {
	for i := range ranges {
		ranges[i].Err = readFull(f, ranges[i].Data, ranges[i].Addr)
	}
	return firstError(ranges)
}

func (f *flat) WriteAt(p []byte, off int64) (int, error) {
	if off >= 0x8000 {
		return 0, io.ErrShortWrite
	}
	for i, b := range p {
		f.written[uint64(off)+uint64(i)] = b
	}
	return len(p), nil
}

func (f *flat) Runs() []Run        { return []Run{{0x1000, 0x2000}, {0x8000, 0x1000}} }
func (f *flat) Name() string       { return "flat" }
func (f *flat) Identity() Identity { return Identity{Process: 77, Started: 88} }
func (f *flat) Close() error       { return nil }

func (f *flat) Pause(context.Context, time.Duration) (func() error, error) {
	f.stopped = true
	return func() error { f.stopped = false; return nil }, nil
}

// script is a connection that sends bytes and keeps the answers.
type script struct {
	in  io.Reader
	out bytes.Buffer
	// step is how many bytes come at a time; 0 is all.
	step int
}

func (s *script) read(p []byte, _ time.Duration) (int, error) {
	if s.step > 0 {
		p = p[:min(len(p), s.step)]
	}
	return s.in.Read(p)
}

func (s *script) write(b []byte, _ time.Duration) error { s.out.Write(b); return nil }

func (s *script) pass([]byte, []*os.File, time.Duration) error { panic("there is no file") }

// gathering is a script on a connection that sends from a view, a few bytes at a
// time, and finds once that the view is not there.
type gathering struct {
	*script
	fault int // the number of the call that finds it
}

func (g *gathering) gather(pieces [][]byte, _ time.Duration) (int, error) {
	if g.fault--; g.fault == 0 {
		return 0, syscall.EFAULT
	}
	sent := 0
	for _, b := range pieces {
		b = b[:min(len(b), 100+g.step-sent)]
		g.out.Write(b)
		sent += len(b)
	}
	return sent, nil
}

const fuzzLimit = 0x3000

// model is what the protocol answers, in the plainest words.
type model struct {
	readOnly bool
	written  map[uint64]byte
	stopped  bool
	out      []byte
}

func (m *model) has(addr uint64) bool {
	return addr >= 0x1000 && addr < 0x3000 || addr >= 0x8000 && addr < 0x9000
}

// read is the data that answers a read, and its status.
func (m *model) read(addr, n uint64) ([]byte, byte) {
	var have, lack uint64
	data := make([]byte, n)
	for i := range n {
		if !m.has(addr + i) {
			lack++
			continue
		}
		have++
		data[i] = byte(addr + i)
		if b, ok := m.written[addr+i]; ok {
			data[i] = b
		}
	}
	hole := have == 0 && n <= 4096 && addr < 0x9000 && addr+n > addr
	if n == 0 || lack == 0 || hole {
		return data, 1
	}
	clear(data)
	return data, 0
}

// write is the status of a write. The second run can't be written.
func (m *model) write(addr uint64, data []byte) byte {
	for i := range data {
		if !m.has(addr+uint64(i)) || addr+uint64(i) >= 0x8000 {
			return 0
		}
	}
	if m.readOnly {
		return 0
	}
	for i, b := range data {
		m.written[addr+uint64(i)] = b
	}
	return 1
}

// vectored answers a list, and is false where the connection ends.
func (m *model) vectored(list []byte) bool {
	var data, statuses []byte
	for len(list) > 0 {
		addr, n := binary.LittleEndian.Uint64(list), binary.LittleEndian.Uint64(list[8:])
		if n > fuzzLimit || uint64(len(data))+n > fuzzLimit {
			return false
		}
		bytes, status := m.read(addr, n)
		data, statuses = append(data, bytes...), append(statuses, status)
		list = list[16:]
	}
	m.out = append(append(m.out, data...), statuses...)
	return true
}

func (m *model) talk(in []byte) {
	for len(in) >= 24 && in[0] != 0 {
		kind, addr, n := in[0], binary.LittleEndian.Uint64(in[8:]), binary.LittleEndian.Uint64(in[16:])
		in = in[24:]
		status := byte(0)
		switch {
		case (kind == 1 || kind == 2) && n > fuzzLimit:
			return
		case kind == 1:
			var data []byte
			data, status = m.read(addr, n)
			m.out = append(m.out, data...)
		case kind == 2:
			if uint64(len(in)) < n {
				return
			}
			status = m.write(addr, in[:n])
			in = in[n:]
		case kind == 0x80 && addr == 0x544E494C4F56 && n == 0:
			features := "\x1d"
			if m.readOnly {
				features = "\x15"
			}
			m.out = append(m.out, "\x01\x4e\x00\x00\x00\x01\x00\x00\x00"+features+"\x00\x00\x00\x00\x30\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00"+
				"\x00\x10\x00\x00\x00\x00\x00\x00\x00\x20\x00\x00\x00\x00\x00\x00\x00\x80\x00\x00\x00\x00\x00\x00\x00\x10\x00\x00\x00\x00\x00\x00"+
				"\x4d\x00\x00\x00\x00\x00\x00\x00\x58\x00\x00\x00\x00\x00\x00\x00\x00\x00\x04\x00flat\x00\x00"...)
			continue
		case kind == 0x81:
			if addr > 65536 || n != 16*addr || uint64(len(in)) < n || !m.vectored(in[:n]) {
				return
			}
			in = in[n:]
			continue
		case kind == 0x83 && n == 0:
			m.stopped, status = true, 1
		case kind == 0x84 && n == 0 && m.stopped:
			m.stopped, status = false, 1
		}
		m.out = append(m.out, status)
	}
}

// FuzzServer holds a server against the model: what it answers, whether the guest
// stands then, and what is in memory; with all that the client sends at hand, and
// with a few bytes at a time; and of memory that is mapped, which goes away.
func FuzzServer(f *testing.F) {
	request := func(kind byte, addr, length uint64) []byte {
		h := make([]byte, 24)
		h[0] = kind
		binary.LittleEndian.PutUint64(h[8:], addr)
		binary.LittleEndian.PutUint64(h[16:], length)
		return h
	}
	for _, seed := range []struct {
		kind         byte
		addr, length uint64
	}{
		{0, 0, 0}, {1, 0x1000, 16}, {1, 0x2ff0, 32}, {1, 0x3000, 4096}, {1, 0x3000, 4097}, {1, 0x8ff0, 17}, {1, 0, 0},
		{1, 0x1000, 1 << 62}, {1, ^uint64(0), 2}, {2, 0x1000, 24}, {2, 0, 1 << 63}, {2, 0x1008, 24}, {2, 0x8000, 24}, {3, 0, 0},
		{0x80, helloMagic, 0}, {0x81, 0, 0}, {0x81, 1, 15}, {0x81, 1 << 60, 0}, {0x81, 65537, 65537 * 16},
		{0x82, 0, 0}, {0x83, 0, 0}, {0x83, 1 << 63, 0}, {0x83, 0, 1}, {0x84, 0, 0}, {0x85, 0, 0}, {0x86, 0, 0},
	} {
		h := request(seed.kind, seed.addr, seed.length)
		f.Add(bytes.Repeat(h, 3), byte(0), byte(0))
		f.Add(bytes.Repeat(h, 3), byte(0), byte(1))
		f.Add(h[:23], byte(5), byte(0))
	}
	for _, list := range [][]uint64{{0x1000, 8, 0x2ffc, 8, 0x3000, 8}, {0, 0x2fff, 0x1000, 1}, {0, 0x3000, 0x1000, 1}, {0x8ff0, 16, 0, 1 << 63}} {
		b := request(0x81, uint64(len(list)/2), uint64(8*len(list)))
		for _, v := range list {
			b = binary.LittleEndian.AppendUint64(b, v)
		}
		f.Add(append(b, request(1, 0x1000, 4)...), byte(7), byte(0))
		f.Add(append(b, request(1, 0x1000, 4)...), byte(7), byte(2))
	}
	f.Fuzz(func(t *testing.T, in []byte, step, fault byte) {
		if len(in) > 512 {
			return // enough requests
		}
		memory := &flat{written: make(map[uint64]byte)}
		server := &Server{Source: memory, Limit: fuzzLimit, Writable: true, AllowPause: true}
		server.prepare()
		var conn stream
		answers := &script{in: bytes.NewReader(in), step: int(step)}
		conn = answers
		if fault > 0 {
			server.Writable = false // what is mapped is no guest's
			for _, run := range memory.Runs() {
				mem := make([]byte, run.Length)
				_, _ = memory.ReadAt(mem, int64(run.Start))
				server.view.parts = append(server.view.parts, viewPart{run.Start, mem})
			}
			conn = &gathering{answers, int(fault)}
		}
		p := newPeer(server, conn, credentials{})
		if step%2 == 1 {
			p.vector = nil // and reads range after range itself
		}
		_ = p.talk()

		want := &model{written: make(map[uint64]byte), readOnly: fault > 0}
		want.talk(in)
		if got := answers.out.Bytes(); !bytes.Equal(got, want.out) {
			t.Errorf("answers to %x:\n%d bytes %x\nwant %d bytes %x", in, len(got), head(got), len(want.out), head(want.out))
		}
		if memory.stopped != want.stopped {
			t.Errorf("after %x the guest's being stopped is %t", in, memory.stopped)
		}
		if got, _ := want.read(0x1000, 0x2000); !bytes.Equal(got, contents(t, memory)) {
			t.Errorf("after %x memory differs", in)
		}
		server.holds.resume(p)
		if memory.stopped {
			t.Error("the client is gone, and the guest stands")
		}
	})
}

// contents is the first run.
func contents(t *testing.T, memory *flat) []byte {
	b := make([]byte, 0x2000)
	if _, err := memory.ReadAt(b, 0x1000); err != nil {
		t.Fatal(err)
	}
	return b
}

func head(b []byte) []byte { return b[:min(len(b), 64)] }
