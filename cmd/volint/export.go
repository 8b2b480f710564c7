package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/volint/volint"
	"github.com/volint/volint/gen"
	"github.com/volint/volint/memaccess/python"
)

// exports are the things that volint carries for other programs.
var exports = []string{"c", "python", "python2", "python3"}

// exportUse says how each is used, once it is in DIR.
var exportUse = map[string]string{
	"c":       "compile volint.c and the .volrender.c files with your program, volint_memory.c where it reads or serves memory; volatility_interface.h has sessions and vol_run_cmd",
	"python":  "from NAME.panda_vol_int_rows import linux_pslist_task, where NAME is the folder's, in a folder that Python imports from",
	"python2": "vol.py --plugins=%[1]s -f IMAGE --profile=PROFILE linux_pslist --output=protobuf --output-file=ROWS",
	"python3": "vol -p %[1]s -r protobuf -f IMAGE linux.pslist > ROWS",
}

// pluginFolders are the exports that run inside a version of Volatility.
var pluginFolders = map[string]int{"python2": 2, "python3": 3}

func (a *app) exportCommand() *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use:   "export {" + strings.Join(exports, "|") + "} DIR",
		Short: "Write the C or Python sources for programs, or the plug-in folder for Volatility",
		Long: `export writes what volint carries into a folder:

  c        the C runtime (volint.h, volint.c, volatility_interface.h), the decoders of
           the shipped schemas, and the client and server of a machine's memory
           (volint_memory.h, volint_memory.c; volatility_memory.h for emulators)
  python   a Python package (2.7, or 3.9 and later) with the decoders and encoders of
           the shipped schemas, for programs
  python2  a complete plug-in folder for Volatility 2's vol.py, which gives the
           commands of the shipped schemas --output=protobuf, and reads memory that
           a socket serves (pmemaddressspace.py)
  python3  the same for Volatility 3's vol (2.27.0 or later): -r protobuf, and
           -f unix:///PATH (volint_memory_layer.py)

For a schema of your own, protoc-gen-volrender writes the same: see "volint schema
init".`,
		Example: `  volint export python3 plugins3
  vol -p plugins3 -r protobuf -f mem.lime linux.pslist > rows.bin
  volint decode --command linux_pslist -f rows.bin

  volint export c third_party/volint`,
		Args:      arguments(2, 2, "what to export ("+strings.Join(exports, ", ")+") and a folder"),
		ValidArgs: exports,
		RunE:      do(func(_ context.Context, args []string) error { return a.export(args[0], args[1], force) }),
	}
	cmd.Flags().BoolVar(&force, "force", false, "overwrite files that are there with another content")
	return cmd
}

func (a *app) export(what, dir string, force bool) error {
	if !slices.Contains(exports, what) {
		return misuse("choose one of "+strings.Join(exports, ", "), "there is no %q to export", what)
	}
	files, err := exported(what)
	if err != nil {
		return err
	}
	if err := writeFiles(dir, files, force); err != nil {
		return err
	}
	use := exportUse[what]
	if strings.Contains(use, "%") {
		use = fmt.Sprintf(use, dir)
	}
	_, err = fmt.Fprintf(a.stdout, "%d files are in %s; next: %s\n", len(files), dir, use)
	return err
}

// exported are the files of one export. Their contents depend on this binary
// alone.
func exported(what string) ([]newFile, error) {
	if what != "c" {
		files, err := filesOf(gen.Files, what, "", isPython)
		if version, is := pluginFolders[what]; is {
			name, content := python.Source(version)
			files = append(files, newFile{name, []byte(content)})
		}
		return files, err
	}
	files, err := filesOf(gen.Files, "c", "", isC)
	if err != nil {
		return nil, err
	}
	runtime, err := filesOf(volint.RuntimeC, "runtime/c", "", isC)
	if err != nil {
		return nil, err
	}
	memory, err := filesOf(volint.MemoryC, "memaccess/c", "", isC)
	return slices.Concat(files, runtime, memory), err
}

// isPython tells Python's modules, and what has the messages of those for Volatility.
func isPython(name string) bool {
	return strings.HasSuffix(name, ".py") || strings.HasSuffix(name, ".messages")
}

func isC(name string) bool { return strings.HasSuffix(name, ".c") || strings.HasSuffix(name, ".h") }
