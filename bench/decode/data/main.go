// Command data makes the data sets that all peers decode: data DIR [KALLSYMS],
// where KALLSYMS is what `vol -r jsonl linux.kallsyms` printed. The same input
// makes the same files.
package main

import (
	"fmt"
	"os"

	"github.com/volint/volint/bench/decode/rows"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "error: the data could not be made: %v\nhint: `make bench-decode` calls this as it must be\n", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) < 1 || len(args) > 2 {
		return fmt.Errorf("%d arguments", len(args))
	}
	dir := args[0]
	if err := rows.Write(dir, "pslist", rows.Tasks()); err != nil {
		return err
	}
	if err := rows.Write(dir, "mixed", rows.MixedRows()); err != nil {
		return err
	}
	if err := rows.Write(dir, "nested", rows.Processes()); err != nil {
		return err
	}
	if len(args) == 1 {
		return nil
	}
	file, err := os.Open(args[1])
	if err != nil {
		return err
	}
	defer file.Close()
	symbols, given, err := rows.Kallsyms(file)
	if err != nil {
		return err
	}
	fmt.Printf("linux.kallsyms gave %d rows\n", given)
	return rows.Write(dir, "kallsyms", symbols)
}
