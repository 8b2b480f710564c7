package schema_test

import (
	"bytes"
	"fmt"
	"log"

	"github.com/volint/volint/runtime/dynamic"
	"github.com/volint/volint/runtime/dynamic/schema"
	"github.com/volint/volint/runtime/row"
)

// A program that reads the frames of a schema that it does not know.
func Example() {
	s, err := schema.Load("../../../schema/panda_vol_int.proto")
	if err != nil {
		log.Fatal(err)
	}
	command, err := s.Find("linux_pslist_task")
	if err != nil {
		log.Fatal(err)
	}
	for r, err := range row.RowsOf(row.NewReader(bytes.NewReader(frames(command))), command.New) {
		if err != nil {
			log.Fatal(err)
		}
		for i, f := range r.Message().Fields {
			if v := r.Value(i); v.Present() {
				fmt.Println(f.Name, v)
			}
		}
	}
	// Output:
	// name "init"
	// pid 1
}

// frames are those of one task.
func frames(command row.Command) []byte {
	t, err := dynamic.TypeOfRow(command.New())
	if err != nil {
		log.Fatal(err)
	}
	r, err := t.FromJSON([]byte(`{"name": "init", "pid": 1}`))
	if err != nil {
		log.Fatal(err)
	}
	return row.AppendFrame(nil, r)
}
