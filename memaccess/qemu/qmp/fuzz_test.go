package qmp

import (
	"bytes"
	"errors"
	"io"
	"os"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// taken is what a connection makes of what QEMU sends.
type taken struct {
	events []string
	answer string
	err    string
}

// takeAll reads everything on a connection that awaits an answer with number 1.
func takeAll(in io.Reader, rest []byte, into *taken) *Conn {
	c := newConn(nil, "socket", Options{Events: func(e Event) { into.events = append(into.events, e.Name) }})
	c.nextID = 0
	c.expect()
	c.read(newLines(in, rest))
	select {
	case r := <-c.answer:
		var text string
		if err := decode("command", r, &text); err != nil {
			text = err.Error()
		}
		into.answer = text
	default:
	}
	into.err = c.err.Error()
	return c
}

// Whatever QEMU sends, it is taken for events, an answer, and an end; and the same
// if the connection is given away in the middle of it.
func FuzzAnswers(f *testing.F) {
	const hello = `{"QMP": {"version": {}, "capabilities": ["oob"]}}` + "\r\n"
	f.Add([]byte(hello+`{"event": "STOP", "data": {}}`+"\n"+`{"return": "x", "id": 1}`+"\n"+`{"event": "RESUME"}`+"\n"), uint16(70))
	f.Add([]byte(`{"error": {"class": "GenericError", "desc": "no"}}`+"\n"), uint16(3))
	f.Add([]byte(`{"return": {}, "id": 2}`+"\n"+`{"return": null, "id": 1}`+"\n\n"+`{"return": "", "id": 1}`), uint16(40))
	f.Add([]byte("\n\n[]\n"), uint16(1))
	f.Add([]byte(`{"error": null, "return": {}, "id": 1}`+"\n"+`{"event": {}, "id": 2}`+"\n"), uint16(0))
	f.Fuzz(func(t *testing.T, sent []byte, cut uint16) {
		var whole, parts taken
		takeAll(bytes.NewReader(sent), nil, &whole)

		at := int(cut) % (len(sent) + 1)
		first := takeAll(io.MultiReader(bytes.NewReader(sent[:at]), iotest.ErrReader(os.ErrDeadlineExceeded)), nil, &parts)
		if errors.Is(first.err, errDetached) {
			answer := parts.answer
			takeAll(bytes.NewReader(sent[at:]), first.rest, &parts)
			if answer != "" {
				parts.answer = answer // later ones would not have been awaited
			}
		}
		if diff := cmp.Diff(whole, parts, cmp.AllowUnexported(taken{})); diff != "" {
			t.Errorf("whole, and given away after %d bytes (-whole +parts):\n%s", at, diff)
		}
	})
}
