package row_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/runtime/row"
)

// stream joins messages to a stream of frames.
func stream(messages ...string) []byte {
	var b []byte
	for _, m := range messages {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(m)))
		b = append(b, m...)
	}
	return b
}

// read reads all frames and the error behind them, which is io.EOF at best.
func read(r *row.Reader) (messages []string, err error) {
	for {
		m, err := r.Next()
		if err != nil {
			return messages, err
		}
		messages = append(messages, string(m))
	}
}

// TestReaderCut cuts a stream at every byte.
func TestReaderCut(t *testing.T) {
	messages := []string{"first", "", "third, which is longer", "4"}
	whole := stream(messages...)
	starts := []int{0, 9, 13, 39, 44}
	for cut := 0; cut <= len(whole); cut++ {
		frames := 0 // whole ones before the cut
		for starts[frames] < cut && frames < 4 && starts[frames+1] <= cut {
			frames++
		}
		got, err := read(row.NewReader(bytes.NewReader(whole[:cut])))
		if diff := cmp.Diff(append([]string(nil), messages[:frames]...), got); diff != "" {
			t.Errorf("cut at %d: frames (-want +got):\n%s", cut, diff)
		}
		var broken *row.FrameError
		switch {
		case starts[frames] == cut:
			if err != io.EOF {
				t.Errorf("cut at %d, a frame's boundary: error %v, want io.EOF", cut, err)
			}
		case !errors.As(err, &broken):
			t.Errorf("cut at %d: error %v, want a *FrameError", cut, err)
		case broken.Frame != int64(frames)+1 || broken.Start != int64(starts[frames]) || broken.Offset != int64(cut) || !errors.Is(err, io.ErrUnexpectedEOF):
			t.Errorf("cut at %d: %+v, want frame %d from %d", cut, broken, frames+1, starts[frames])
		}
	}
}

func TestFrameErrorText(t *testing.T) {
	for _, test := range []struct {
		name  string
		input []byte
		want  string
	}{
		{"length", stream("abc")[:2], "frame 1, from byte 0 of the stream: at byte 2: the stream ends after 2 of 4 bytes of the length"},
		{"message", stream("abc", "defg")[:13], "frame 2, from byte 7 of the stream: at byte 13: the stream ends after 2 of 4 bytes of the message"},
		{"limit", append(stream("abc"), 0xff, 0xff, 0xff, 0xff), "frame 2, from byte 7 of the stream: at byte 7: the frame claims 4294967295 bytes and the limit is 67108864"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := read(row.NewReader(bytes.NewReader(test.input)))
			if got := fmt.Sprint(err); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestReaderLimit(t *testing.T) {
	for length, want := range map[int]error{9: io.EOF, 10: io.EOF, 11: row.ErrTooLong} {
		r := row.NewReader(bytes.NewReader(stream(string(make([]byte, length)))), row.Limit(10))
		if _, err := read(r); !errors.Is(err, want) {
			t.Errorf("a frame of %d bytes with a limit of 10: %v, want %v", length, err, want)
		}
	}
}

// TestReaderTrustsNoLength: what is allocated follows what arrives, not what a
// frame claims.
func TestReaderTrustsNoLength(t *testing.T) {
	for _, test := range []struct{ claim, arrives, most int }{
		{60 << 20, 10, 128 << 10},
		{60 << 20, 1 << 20, 5 << 20},
		{64<<20 + 1, 0, 128 << 10},
	} {
		input := append(binary.LittleEndian.AppendUint32(nil, uint32(test.claim)), make([]byte, test.arrives)...)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := row.NewReader(bytes.NewReader(input)).Next()
		runtime.ReadMemStats(&after)
		if err == nil || err == io.EOF {
			t.Errorf("%+v: error %v", test, err)
		}
		if got := int(after.TotalAlloc - before.TotalAlloc); got > test.most {
			t.Errorf("%+v: allocated %d bytes", test, got)
		}
	}
}

// TestReaderKeeps holds on to all frames of a stream that arrives in odd pieces:
// none may change while others are read.
func TestReaderKeeps(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var want []string
	for i := range 400 {
		size := random.IntN(3000)
		if i%50 == 0 {
			size = 60_000 + random.IntN(300_000) // longer than a chunk, or nearly
		}
		want = append(want, string(bytes.Repeat([]byte{byte(i)}, size)))
	}
	input := stream(want...)
	for name, r := range map[string]io.Reader{
		"whole":        bytes.NewReader(input),
		"odd pieces":   &pieces{bytes.NewReader(input), random},
		"with the end": iotest.DataErrReader(bytes.NewReader(input)),
	} {
		t.Run(name, func(t *testing.T) {
			var frames [][]byte
			for frame, err := range row.NewReader(r).Frames() {
				if err != nil {
					t.Fatal(err)
				}
				frames = append(frames, frame)
				if cap(frame) != len(frame) {
					t.Fatal("appending to a frame would write into the next")
				}
			}
			if len(frames) != len(want) {
				t.Fatalf("%d frames, want %d", len(frames), len(want))
			}
			for i, frame := range frames {
				if string(frame) != want[i] {
					t.Errorf("frame %d has changed", i+1)
				}
			}
		})
	}
}

// pieces gives a few bytes at a time.
type pieces struct {
	io.Reader
	random *rand.Rand
}

func (p *pieces) Read(b []byte) (int, error) {
	return p.Reader.Read(b[:min(len(b), p.random.IntN(5000))])
}

// TestReaderWaitsForNoMore: a frame is there as soon as its last byte is.
func TestReaderWaitsForNoMore(t *testing.T) {
	in, out := io.Pipe()
	r := row.NewReader(in)
	for i := range 3 {
		want := fmt.Sprint("frame ", i)
		go out.Write(stream(want))
		if got, err := r.Next(); string(got) != want || err != nil {
			t.Fatalf("%q, %v; want %q", got, err, want)
		}
	}
	out.Close()
	if _, err := r.Next(); err != io.EOF {
		t.Error(err)
	}
}

func TestReaderErrors(t *testing.T) {
	broken := errors.New("the cable is out")
	whole := stream("abc", "def")
	r := row.NewReader(io.MultiReader(bytes.NewReader(whole[:9]), iotest.ErrReader(broken)))
	got, err := read(r)
	if diff := cmp.Diff([]string{"abc"}, got); diff != "" {
		t.Error(diff)
	}
	var frame *row.FrameError
	if !errors.As(err, &frame) || !errors.Is(err, broken) || frame.Frame != 2 || frame.Start != 7 || frame.Offset != 9 {
		t.Errorf("error %+v", err)
	}
	if _, again := r.Next(); again != err {
		t.Errorf("the next call's error is %v", again)
	}

	if _, err := row.NewReader(idle{}).Next(); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("a reader that gives nothing: %v", err)
	}
}

type idle struct{}

func (idle) Read([]byte) (int, error) { return 0, nil }

// TestReaderErrorBesideBytes: an error that comes with the last bytes of a frame
// does not cost the frame, and is not lost.
func TestReaderErrorBesideBytes(t *testing.T) {
	broken := errors.New("the cable is out")
	r := row.NewReader(&once{stream("abc"), broken})
	got, err := read(r)
	if diff := cmp.Diff([]string{"abc"}, got); diff != "" || !errors.Is(err, broken) {
		t.Errorf("%v, %s", err, diff)
	}
}

// once gives all it has with an error, and then nothing more.
type once struct {
	content []byte
	err     error
}

func (o *once) Read(b []byte) (int, error) {
	n := copy(b, o.content)
	o.content = o.content[n:]
	err := o.err
	o.err = io.EOF
	return n, err
}

func TestReaderCounts(t *testing.T) {
	r := row.NewReader(bytes.NewReader(stream("abc", "", "d")))
	for _, want := range []struct{ offset, count int64 }{{7, 1}, {11, 2}, {16, 3}} {
		if _, err := r.Next(); err != nil {
			t.Fatal(err)
		}
		if r.Offset() != want.offset || r.Count() != want.count {
			t.Errorf("offset %d, count %d; want %+v", r.Offset(), r.Count(), want)
		}
	}
}

// FuzzReader: whatever the bytes are, the frames are those that a plain reading
// of the format gives, and the rest is an error at the right place.
func FuzzReader(f *testing.F) {
	f.Add(stream("abc", "", "def"), uint16(3))
	f.Add(stream("abc")[:5], uint16(100))
	f.Add([]byte{0xff, 0xff, 0xff, 0x03}, uint16(1))
	f.Fuzz(func(t *testing.T, input []byte, limit uint16) {
		r := row.NewReader(iotest.HalfReader(bytes.NewReader(input)), row.Limit(uint32(limit)))
		rest, frames := input, int64(0)
		for {
			got, err := r.Next()
			want, ok := first(rest, int(limit))
			if ok != (err == nil) {
				t.Fatalf("frame %d: error %v", frames+1, err)
			}
			if !ok {
				checkEnd(t, err, frames, int64(len(input)-len(rest)), len(rest))
				return
			}
			if !bytes.Equal(got, want) {
				t.Fatalf("frame %d: %x, want %x", frames+1, got, want)
			}
			frames++
			rest = rest[4+len(want):]
		}
	})
}

// first returns the first frame's message.
func first(b []byte, limit int) ([]byte, bool) {
	if len(b) < 4 {
		return nil, false
	}
	n := int(binary.LittleEndian.Uint32(b))
	if n > limit || n > len(b)-4 {
		return nil, false
	}
	return b[4 : 4+n], true
}

func checkEnd(t *testing.T, err error, frames, start int64, rest int) {
	t.Helper()
	if rest == 0 {
		if err != io.EOF {
			t.Fatalf("error %v at the end", err)
		}
		return
	}
	var broken *row.FrameError
	if !errors.As(err, &broken) || broken.Frame != frames+1 || broken.Start != start {
		t.Fatalf("error %v, want one about frame %d from %d", err, frames+1, start)
	}
}
