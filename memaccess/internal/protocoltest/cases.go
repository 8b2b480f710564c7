package protocoltest

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// testCase is what is sent, all of the answer, and whether the connection ends then.
type testCase struct {
	name    string
	send    []byte
	answer  []byte
	options Options
	ends    bool
}

// each tries cases, each on a server of its own and behind a request that the server
// may have read ahead.
func each(t *testing.T, start Start, cases []testCase) {
	for _, tt := range cases {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			conn := start(t, tt.options)(t)
			go func() { _, _ = conn.Write(concat(Header(Read, 0x1000, 1), tt.send)) }()
			want := concat(Contents(0x1000, 1), yes, tt.answer)
			if diff := cmp.Diff(want, Receive(t, conn, len(want)), cmp.Transformer("short", short)); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
			if tt.ends {
				Ends(t, conn)
			} else {
				Stays(t, conn)
			}
		})
	}
}

// answers are the rows of the protocol's table.
func answers() []testCase {
	garbage := Header(Read, 0x2000, 4)
	copy(garbage[1:8], "garbage")
	writable := Options{Writable: true}
	return []testCase{
		{name: "read", send: Header(Read, 0x2000, 100), answer: concat(Contents(0x2000, 100), yes)},
		{name: "garbage in the padding", send: garbage, answer: concat(Contents(0x2000, 4), yes)},
		{name: "a byte", send: Header(Read, 0x1000, 1), answer: concat(Contents(0x1000, 1), yes)},
		{name: "64 KiB", send: Header(Read, 0x1000, 64*KiB), answer: concat(Contents(0x1000, 64*KiB), yes)},
		{name: "a run to its end", send: Header(Read, 4*GiB, 2*MiB), answer: concat(Contents(4*GiB, 2*MiB), yes)},
		{name: "over touching runs", send: Header(Read, 4*GiB+MiB-8, 16), answer: concat(Contents(4*GiB+MiB-8, 16), yes)},
		{name: "nothing", send: Header(Read, 0x2000, 0), answer: yes},
		{name: "nothing in a hole", send: Header(Read, 2*GiB, 0), answer: yes},

		{name: "over the end", send: Header(Read, HighEnd-4, 8), answer: zeros(9)},
		{name: "past the end", send: Header(Read, HighEnd, 4), answer: zeros(5)},
		{name: "far past the end", send: Header(Read, 1<<63, 4), answer: zeros(5)},
		{name: "around the last address", send: Header(Read, ^uint64(0)-1, 4), answer: zeros(5)},
		{name: "a long read past the end", send: Header(Read, HighEnd, MiB), answer: zeros(MiB + 1)},
		{name: "into a hole", send: Header(Read, LowEnd-4, 8), answer: zeros(9)},
		{name: "out of a hole", send: Header(Read, 4*GiB-4, 8), answer: zeros(9)},
		{name: "over a hole", send: Header(Read, LowEnd-4, 4*MiB), answer: zeros(4*MiB + 1)},
		{name: "out of the first hole", send: Header(Read, 0xffe, 4), answer: zeros(5)},
		{name: "in a hole", send: Header(Read, LowEnd, 4096), answer: concat(zeros(4096), yes)},
		{name: "in the first hole", send: Header(Read, 0, 8), answer: concat(zeros(8), yes)},
		{name: "in a hole, more than a page", send: Header(Read, LowEnd, 4097), answer: zeros(4098)},
		{name: "in a hole that fails", send: Header(Read, LowEnd, 8), answer: zeros(9), options: Options{FailHoles: true}},
		{name: "bad memory", send: Header(Read, Bad-8, 16), answer: zeros(17)},
		{name: "bad memory before other chunks", send: Header(Read, Bad, 200*KiB), answer: zeros(200*KiB + 1)},

		{name: "write to a read-only server", send: concat(Header(Write, 0x2000, 4), []byte("abcd"), Header(Read, 0x2000, 4)),
			answer: concat(no, Contents(0x2000, 4), yes)},
		{name: "a long write to a read-only server", send: concat(Header(Write, 0x2000, 100*KiB), zeros(100*KiB), Header(Read, 0x2000, 4)),
			answer: concat(no, Contents(0x2000, 4), yes)},
		{name: "write", send: concat(Header(Write, 0x2000, 4), []byte("abcd"), Header(Read, 0x1fff, 6)), options: writable,
			answer: concat(yes, Contents(0x1fff, 1), []byte("abcd"), Contents(0x2004, 1), yes)},
		{name: "a long write", send: concat(Header(Write, 0x2000, 100*KiB), zeros(100*KiB), Header(Read, 0x2000, 100*KiB)), options: writable,
			answer: concat(yes, zeros(100*KiB), yes)},
		{name: "write nothing", send: Header(Write, 0x2000, 0), options: writable, answer: yes},
		{name: "write nothing to a read-only server", send: Header(Write, 0x2000, 0), answer: no},
		{name: "write to a hole", send: concat(Header(Write, LowEnd-2, 4), []byte("abcd"), Header(Read, LowEnd-2, 2)), options: writable,
			answer: concat(no, Contents(LowEnd-2, 2), yes)},
		{name: "write to bad memory", send: concat(Header(Write, Bad, 4), []byte("abcd"), Header(Read, 0x2000, 1)), options: writable,
			answer: concat(no, Contents(0x2000, 1), yes)},

		{name: "unknown types", send: concat(Header(3, 1, 1<<62), Header(0xff, 2, 3), Header(Read, 0x2000, 2)),
			answer: concat(no, no, Contents(0x2000, 2), yes)},
		{name: "not offered", send: concat(Header(Descriptor, 0, 0), Header(Pause, 0, 0), Header(Continue, 0, 0)), answer: zeros(3)},
		{name: "hello without the magic", send: concat(Header(Hello, 1, 0), Header(Read, 0x2000, 2)), answer: concat(no, Contents(0x2000, 2), yes)},
		{name: "hello with a length", send: Header(Hello, Magic, 1), answer: no},
		{name: "hello", send: concat(Header(Hello, Magic, 0), Header(Read, 0x2000, 2)),
			answer: concat(hello(1, 64*MiB), Contents(0x2000, 2), yes)},
		{name: "hello of a server that can be written", send: Header(Hello, Magic, 0), options: Options{Writable: true, Limit: 8 * MiB},
			answer: hello(9, 8*MiB)},

		{name: "quit", send: concat(Header(Quit, 0, 0), Header(Read, 0x2000, 2)), ends: true},
		{name: "quit with garbage", send: Header(Quit, 1<<60, 1<<62), ends: true},
		{name: "the limit", send: Header(Read, 0x2000, 4*KiB), options: Options{Limit: 4 * KiB}, answer: concat(Contents(0x2000, 4*KiB), yes)},
		{name: "over the limit", send: concat(Header(Read, 0x2000, 4*KiB+1), Header(Read, 0x2000, 2)), options: Options{Limit: 4 * KiB}, ends: true},
		{name: "far over the limit", send: Header(Read, 0x2000, 1<<62), ends: true},
		{name: "a write over the limit", send: Header(Write, 0x2000, 1<<62), ends: true},
		{name: "the longest of all", send: Header(Read, 0, ^uint64(0)), ends: true},
	}
}

// vectored are lists of ranges.
func vectored() []testCase {
	many := make([]uint64, 2*65536)
	var data []byte
	for i := 0; i < len(many); i += 2 {
		many[i], many[i+1] = 0x1000+uint64(i), 3
		data = append(data, Contents(many[i], 3)...)
	}
	small := Options{Limit: 8 * KiB}
	return []testCase{
		{name: "none", send: List()},
		{name: "one", send: List(0x2000, 10), answer: concat(Contents(0x2000, 10), yes)},
		{name: "each by itself", send: List(0x2000, 2, LowEnd-1, 2, LowEnd, 4, 0x3000, 0, HighEnd, 1, 0x1000, 1),
			answer: concat(Contents(0x2000, 2), zeros(2), zeros(4), zeros(1), Contents(0x1000, 1), []byte{1, 0, 1, 1, 0, 1})},
		{name: "holes that fail", send: List(LowEnd, 4), options: Options{FailHoles: true}, answer: concat(zeros(4), no)},
		{name: "long ones", send: List(4*GiB, MiB, 0x1000, 100*KiB, 4*GiB+MiB, MiB),
			answer: concat(Contents(4*GiB, MiB), Contents(0x1000, 100*KiB), Contents(4*GiB+MiB, MiB), []byte{1, 1, 1})},
		{name: "bad memory behind good", send: List(0x80000, 64*KiB, Bad-8, 16, 0x2000, 1),
			answer: concat(Contents(0x80000, 64*KiB), zeros(16), Contents(0x2000, 1), []byte{1, 0, 1})},
		// It fails at its end, where other ranges have taken half of a chunk.
		{name: "bad memory at a chunk's end", send: List(0x2000, 40*KiB, Bad-40*KiB, 40*KiB+1, 0x2000, 1),
			answer: concat(Contents(0x2000, 40*KiB), zeros(40*KiB+1), Contents(0x2000, 1), []byte{1, 0, 1})},
		{name: "as many as can be", send: List(many...), answer: concat(data, bytes.Repeat(yes, 65536))},
		{name: "the limit", send: List(0x1000, 4096, 0x2000, 4096), options: small, answer: concat(Contents(0x1000, 8192), []byte{1, 1})},

		{name: "over the limit", send: List(0x1000, 4096, 0x2000, 4097), options: small, ends: true},
		{name: "a sum that wraps", send: List(0x1000, 1<<63, 0x2000, 1<<63), ends: true},
		{name: "too many", send: Header(Vectored, 65537, 65537*16), ends: true},
		{name: "many too many", send: Header(Vectored, 1<<60, 0), ends: true},
		{name: "a list that is too short", send: Header(Vectored, 2, 16), ends: true},
		{name: "a list that is too long", send: Header(Vectored, 1, 1<<40), ends: true},
	}
}

// hello is the answer to a hello.
func hello(features uint32, limit uint64) []byte {
	tail := make([]byte, 8+8+2) // no process, no identity
	tail = append(tail, "\x04\x00test\x00\x00"...)
	b := []byte{1}
	b = binary.LittleEndian.AppendUint32(b, uint32(20+16*len(Runs)+len(tail)))
	b = binary.LittleEndian.AppendUint32(b, 1)
	b = binary.LittleEndian.AppendUint32(b, features)
	b = binary.LittleEndian.AppendUint64(b, limit)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(Runs)))
	for _, r := range Runs {
		b = binary.LittleEndian.AppendUint64(b, r.Start)
		b = binary.LittleEndian.AppendUint64(b, r.Length)
	}
	return append(b, tail...)
}
