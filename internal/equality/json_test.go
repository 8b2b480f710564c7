package equality

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The same values are the same text, whichever of the three forms they come in.
func TestForms(t *testing.T) {
	want := []string{"0\tName=\"\\u00e9\\ud83d\\ude00\\udc80\"\tPID=1", "1\tName=null\tPID=18446744073709551616"}
	tree, err := fromTree(nil, 0, []byte(`[{"PID": 1, "Name": "é😀\udc80", "__children": [
		{"Name": null, "PID": 18446744073709551616, "__children": []}]}]`))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, tree); diff != "" {
		t.Errorf("Volatility 3's JSON (-want +got):\n%s", diff)
	}
	var frames []string
	for _, frame := range []string{
		`{"depth": 0, "row": {"Name": "\u00e9\ud83d\ude00\udc80", "PID": 1}}`,
		`{"row": {"PID": 18446744073709551616, "Name": null}, "depth": 1}`,
	} {
		row, err := fromFrame([]byte(frame))
		if err != nil {
			t.Fatal(err)
		}
		frames = append(frames, row)
	}
	if diff := cmp.Diff(want, frames); diff != "" {
		t.Errorf("frames (-want +got):\n%s", diff)
	}
	columns, err := fromColumns([]byte(`{"rows": [[1, "é😀\udc80"]], "columns": ["PID", "Name"]}`))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want[:1], columns); diff != "" {
		t.Errorf("Volatility 2's JSON (-want +got):\n%s", diff)
	}
}

// What differs a little differs.
func TestOtherValues(t *testing.T) {
	rows := map[string]string{}
	for _, frame := range []string{
		`{"depth": 0, "row": {"N": 1}}`, `{"depth": 1, "row": {"N": 1}}`, `{"depth": 0, "row": {"N": 1.0}}`,
		`{"depth": 0, "row": {"N": "1"}}`, `{"depth": 0, "row": {"N": null}}`, `{"depth": 0, "row": {"M": 1}}`,
		`{"depth": 0, "row": {"N": "\udc80"}}`, `{"depth": 0, "row": {"N": "\udc81"}}`,
	} {
		row, err := fromFrame([]byte(frame))
		if err != nil {
			t.Fatal(err)
		}
		if other, ok := rows[row]; ok {
			t.Errorf("%s and %s are the same", frame, other)
		}
		rows[row] = frame
	}
}
