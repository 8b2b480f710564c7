package session

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestCounter(t *testing.T) {
	frame := func(s string) string { return string([]byte{byte(len(s)), 0, 0, 0}) + s }
	tests := []struct {
		name                  string
		in                    string
		frames, start, offset int64
		cut                   bool
	}{
		{name: "nothing"},
		{name: "one", in: frame("abc"), frames: 1, start: 7, offset: 7},
		{name: "empty frames", in: frame("") + frame("") + frame("x"), frames: 3, start: 13, offset: 13},
		{name: "cut in a length", in: frame("abc") + "\x05\x00", frames: 1, start: 7, offset: 9, cut: true},
		{name: "cut in a message", in: frame("abc") + "\x05\x00\x00\x00ab", frames: 1, start: 7, offset: 13, cut: true},
		{name: "cut after a length", in: "\x05\x00\x00\x00", offset: 4, cut: true},
		{name: "an absurd length", in: "\xff\xff\xff\xffabc", offset: 7, cut: true},
	}
	readers := map[string]func(io.Reader) io.Reader{
		"whole":         func(r io.Reader) io.Reader { return r },
		"byte by byte":  iotest.OneByteReader,
		"data with EOF": iotest.DataErrReader,
	}
	for _, tt := range tests {
		for how, reader := range readers {
			t.Run(tt.name+", "+how, func(t *testing.T) {
				c := &counter{r: reader(strings.NewReader(tt.in))}
				got, err := io.ReadAll(c)
				if err != nil || !bytes.Equal(got, []byte(tt.in)) {
					t.Errorf("ReadAll = %q, %v; want what went in", got, err)
				}
				frames, start, offset, cut := c.state()
				if frames != tt.frames || start != tt.start || offset != tt.offset || cut != tt.cut {
					t.Errorf("state = %d, %d, %d, %v; want %d, %d, %d, %v",
						frames, start, offset, cut, tt.frames, tt.start, tt.offset, tt.cut)
				}
			})
		}
	}
}
