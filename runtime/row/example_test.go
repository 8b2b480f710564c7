package row_test

import (
	"bytes"
	"errors"
	"fmt"
	"log"
	"os"

	"github.com/volint/volint/gen/go/pandavolint/pandavolintrow"
	"github.com/volint/volint/runtime/row"
)

// frames is what `volint run --format frames` would have written.
func frames() *bytes.Reader {
	var b []byte
	for i, name := range []string{"systemd", "kthreadd"} {
		var task pandavolintrow.LinuxPslistTask
		task.SetPid(uint32(i + 1))
		task.SetName(name)
		task.SetDtb([]uint64{0x4a2c000, 1<<64 - 1}[i])
		b = row.AppendFrame(b, &task)
	}
	return bytes.NewReader(b)
}

// Read the rows of a stream. A row stays valid for as long as it is held.
func ExampleRows() {
	for task, err := range row.Rows[pandavolintrow.LinuxPslistTask](row.NewReader(frames())) {
		var bad *row.RowError
		if errors.As(err, &bad) {
			continue // this row can't be decoded; the next ones may
		}
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(task.Pid, task.Name, task.HasDtb())
	}
	// Output:
	// 1 systemd true
	// 2 kthreadd false
}

// Decode every frame into the same row: the fastest way, for programs that are
// done with a row before the next one comes.
func ExampleReader_Frames() {
	var task pandavolintrow.LinuxPslistTask
	for frame, err := range row.NewReader(frames()).Frames() {
		if err != nil {
			log.Fatal(err)
		}
		if err := task.Decode(frame); err != nil {
			continue
		}
		fmt.Println(task.Pid, task.Name)
	}
	// Output:
	// 1 systemd
	// 2 kthreadd
}

// Handle the rows of any command.
func ExampleFind() {
	command, err := row.Find("linux_pslist")
	if err != nil {
		log.Fatal(err)
	}
	for r, err := range row.RowsOf(row.NewReader(frames()), command.New) {
		if err != nil {
			log.Fatal(err)
		}
		for i, field := range r.Message().Fields {
			if v := r.Value(i); v.Present() {
				fmt.Printf("%s: %v\n", field.Name, v)
			}
		}
	}
	// Output:
	// name: "systemd"
	// pid: 1
	// dtb: 77774848
	// name: "kthreadd"
	// pid: 2
}

// Write rows that volint, or any other reader of frames, reads.
func ExampleWriter() {
	var task pandavolintrow.LinuxPslistTask
	task.SetPid(1)
	task.SetName(row.Escape([]byte("bad\xff")))
	if err := row.NewWriter(os.Stdout).Write(&task); err != nil {
		log.Fatal(err)
	}
}

// Get back the bytes that a process gave itself as its name.
func ExampleUnescape() {
	fmt.Printf("%q\n", row.Unescape(`bad\xff`))
	// Output:
	// "bad\xff"
}
